/** A package made for a test: the fields of its control file, files by path, and maintainer scripts. */
interface Made {
  readonly fields?: { readonly [name: string]: string };
  readonly files?: { readonly [path: string]: string };
  readonly scripts?: { readonly [name: string]: string };
}

const UNIT = "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n";

/**
 * Small packages that do what real ones do: accounts, units, configuration, conflicts; `lab-app` clears away what is not its own,
 * and `lab-grown` makes an account and needs another package from its second version on.
 */
const packages: { readonly [name: string]: Made } = {
  "lab-lib": { files: { "/usr/lib/lab/lib": "lib\n" } },
  "lab-lib-base": { files: { "/usr/lib/lab/base": "base\n" } },
  "lab-orphan": { files: { "/usr/lib/lab/orphan": "orphan\n" } },
  "lab-app": {
    fields: { Depends: "lab-lib, lab-meta, lab-orphan", Conflicts: "lab-rival" },
    files: { "/etc/lab-app.conf": "key = value\n", "/usr/lib/systemd/system/lab-app.service": UNIT },
    scripts: {
      conffiles: "/etc/lab-app.conf\n",
      postinst: "#!/bin/sh\nset -e\nid lab-app >/dev/null 2>&1 || useradd --system --no-create-home lab-app\necho state >/etc/lab-made\nif test -d /run/systemd/system; then systemctl daemon-reload; systemctl enable lab-app.service; systemctl start lab-app.service; fi\n",
      prerm: "#!/bin/sh\ntest \"$1\" = upgrade || systemctl disable lab-app.service || :\n",
      postrm: "#!/bin/sh\ntest \"$1\" != purge || rm -f /etc/lab-made /etc/lab-shared\n",
    },
  },
  "lab-meta": { fields: { Section: "metapackages", Depends: "lab-lib-base", Recommends: "lab-extra" } },
  "lab-extra": {},
  "lab-rival": { files: { "/etc/lab-rival.conf": "rival\n" }, scripts: { conffiles: "/etc/lab-rival.conf\n" } },
  "lab-friend": { fields: { Depends: "lab-app" } },
  "lab-cousin": { fields: { Depends: "lab-lib" } },
  "lab-grown": { files: { "/usr/lib/lab/grown": "1\n" } },
  "lab-grown-2": {
    fields: { Package: "lab-grown", Version: "2.0", Depends: "lab-lib" },
    files: { "/usr/lib/lab/grown": "2\n", "/usr/lib/lab/grown-more": "more\n" },
    scripts: { postinst: "#!/bin/sh\nset -e\nsleep 0.3\nid lab-grown >/dev/null 2>&1 || useradd --system --no-create-home lab-grown\n" },
  },
  "lab-slow": { fields: { Depends: "lab-lib, lab-meta" }, scripts: { postinst: "#!/bin/sh\nsleep 0.3\n", prerm: "#!/bin/sh\nsleep 0.1\n" } },
};

const here = (path: string, text: string): string => `mkdir -p "$(dirname "${path}")"\ncat >"${path}" <<'END_OF_FILE'\n${text}END_OF_FILE`;

function build(name: string, { fields = {}, files = {}, scripts = {} }: Made): string {
  const control = { Package: name, Version: "1.0", Architecture: "all", Maintainer: "Lab <lab@example.org>", Section: "misc", Description: `package ${name} of a test`, ...fields };
  const text = Object.entries(control).map(([field, value]) => `${field}: ${value}\n`).join("");
  return [
    `rm -rf build`,
    here("build/DEBIAN/control", text),
    ...Object.entries(files).map(([path, content]) => here(`build${path}`, content)),
    ...Object.entries(scripts).flatMap(([script, content]) => [here(`build/DEBIAN/${script}`, content), ...(script === "conffiles" ? [] : [`chmod 0755 build/DEBIAN/${script}`])]),
    `dpkg-deb --root-owner-group --build build ${name}.deb >/dev/null`,
    `{ cat build/DEBIAN/control; echo "Filename: ./${name}.deb"; echo "Size: $(stat -c %s ${name}.deb)"; echo "SHA256: $(sha256sum ${name}.deb | cut -d ' ' -f 1)"; echo; } >>Packages`,
  ].join("\n");
}

/** Shell that makes an archive of these packages in /opt/lab-archive, and makes it the machine's only one: no network is needed. */
export const archiveScript: string = [
  "set -e",
  "umask 022",
  "rm -rf /opt/lab-archive",
  "mkdir -p /opt/lab-archive",
  "cd /opt/lab-archive",
  ...Object.entries(packages).map(([name, made]) => build(name, made)),
  "rm -rf build",
  "rm -f /etc/apt/sources.list.d/*",
  "echo 'deb [trusted=yes] file:/opt/lab-archive ./' >/etc/apt/sources.list.d/lab.list",
  "apt-get -q update",
].join("\n");
