import { defineFact } from "#model/fact.ts";

/** A file, link or directory that no package brought as it is. */
export type LocalFile = Owned &
  (
    | { readonly type: "file"; readonly size: number; /** Absent where it was not read: too large, or the machine's own secret. */ readonly bytes?: Buffer }
    | { readonly type: "symlink"; readonly target: string }
    | { readonly type: "directory" }
  );

interface Owned {
  readonly path: string;
  /** Permission bits in octal, four digits. */
  readonly mode: string;
  /** User name; `UNKNOWN` where it has none. */
  readonly owner: string;
  readonly group: string;
}

/** Larger files are listed, but not read. In bytes. */
export const LARGEST_READ = 65_536;

/** The text of a file, if it is UTF-8 and was read. */
export function textOf({ bytes }: { readonly bytes?: Buffer }): string | undefined {
  const text = bytes?.toString();
  return text === undefined || text.includes("\0") || !Buffer.from(text).equals(bytes ?? Buffer.alloc(0)) ? undefined : text;
}

/** True of a root-owned file with this mode. */
export const isPlain = ({ mode, owner, group }: LocalFile, expected = "0644"): boolean => mode === expected && owner === "root" && group === "root";

/** A regular file with its text, where it is plain and has one. */
export const plainText = (file: LocalFile, mode = "0644"): string | undefined => (file.type === "file" && isPlain(file, mode) ? textOf(file) : undefined);

/** What programs write as they go: which paths, what they are called together, and who writes them. */
const WRITTEN: readonly (readonly [RegExp, string, string])[] = [
  [/^\/etc\/ssh\/ssh_host_.*_key(\.pub)?$/, "/etc/ssh/ssh_host_*", "they are this machine's own identity"],
  [/^\/etc\/machine-id$/, "/etc/machine-id", "it is this machine's own identity"],
  [/^\/etc\/pam\.d\/common-/, "/etc/pam.d/common-*", "pam-auth-update(8) writes them"],
  [/^\/etc\/ca-certificates\.conf$/, "/etc/ca-certificates.conf", "debconf(7) writes it"],
  [/^\/etc\/nsswitch\.conf$/, "/etc/nsswitch.conf", "packages add to it and take from it"],
  [/^\/etc\/resolv\.conf$/, "/etc/resolv.conf", "whoever configures the network writes it"],
  [/^\/etc\/letsencrypt(\/|$)/, "/etc/letsencrypt", "certbot(1) writes it whenever a certificate is renewed"],
  [/^\/etc\/lvm\/(archive|backup|cache|devices)(\/|$)/, "/etc/lvm", "lvm(8) keeps its records there"],
  [/^\/etc\/cups\/((printers|classes|subscriptions)\.conf|(ppd|ssl)(\/|$))/, "/etc/cups", "cupsd(8) writes printers there"],
  [/^\/etc\/libvirt\/(qemu|nwfilter|secrets|storage)(\/|$)/, "/etc/libvirt", "libvirtd(8) writes machines there: virsh"],
];

/** The program that writes what is at a path; undefined for what people write. */
export function writerOf(path: string): { readonly together: string; readonly why: string } | undefined {
  const [, together = "", why] = WRITTEN.find(([form]) => form.test(path)) ?? [];
  return why === undefined ? undefined : { together, why };
}

/**
 * What is below a directory and is not as a package brought it: files that no package owns, and configuration files that differ
 * from the package's own (dpkg's md5 sums, and those of ucf(1)). Copies of templates, what packages and dpkg(1) write as they go, and
 * the links by which systemd, alternatives and init know what is on, and what Steading keeps for itself, are left out: they say nothing by themselves.
 *
 * Contents come along up to `LARGEST_READ` bytes; passwords and host keys are never read.
 */
export const localFiles = defineFact<readonly LocalFile[]>({
  fact: "local-files",
  script: `
dpkg=/var/lib/dpkg
sums() {
  test -f $dpkg/status && awk '/^Conffiles:/ { list = 1; next } /^[^ ]/ { list = 0 } list && $1 ~ /^\\// { print $2 "  " $1 }' $dpkg/status
  cat /var/lib/ucf/hashfile 2>/dev/null
}
{
  { cat $dpkg/info/*.list 2>/dev/null; sums | cut -c 35-; } | grep -E '^/(etc|usr/local)/'
  echo --
  find "$@" -xdev \\( -type f -o -type l -o -type d \\) 2>/dev/null | awk '!seen[$0]++'
  echo --
  sums | grep '^[0-9a-f]\\{32\\}  /' | md5sum -c 2>/dev/null | sed -n 's/: FAILED$//p'
} | awk '/^--$/ { part++; next } !part { owned[$0]; next } part == 2 || !($0 in owned)' | grep -v -E \\
  -e '^/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$' -e '^/etc/(\\.pwd\\.lock|\\.updated|ld\\.so\\.cache|mtab|adjtime|shells|vconsole\\.conf|opt|dpkg/origins/default|security/opasswd)$' \\
  -e '^/etc/(steading|\\.git|\\.java|alternatives|rc[0-9S]\\.d|runit|ssl/certs|xml)(/|$)' -e '(~|\\.(dpkg|ucf)-[a-z]*)$' -e '^/etc/(init\\.d/\\.depend|console-setup/cached_)' -e '^/etc/systemd/(system|user)/([^/]*\\.(wants|requires)(/|$)|steading-(keeper|trial)\\.service$)' |
  sort | tr '\\n' '\\0' | xargs -0 -r stat -c '%f %U %G %s %n' -- 2>/dev/null | while read -r raw user group size path; do
    asked=
    for root do case $path in "$root"/*) asked=1 ;; esac; done
    test -n "$asked" || continue
    content=-
    case $raw in
      a*) content=$(readlink "$path" | base64 | tr -d '\\n') ;;
      8*)
        name=\${path##*/}
        cmp -s "/usr/share/base-files/$name" "$path" && continue
        cmp -s "/usr/share/readline/$name" "$path" && continue
        case $path in
          /etc/ssh/ssh_host_*_key | *.steading-*) ;;
          *) test "$size" -gt ${LARGEST_READ.toString()} || content=$(base64 <"$path" | tr -d '\\n') ;;
        esac
        ;;
    esac
    printf '%s %s %s %s %s %s\\n' "$raw" "$user" "$group" "$size" "\${content:-=}" "$path"
  done
exit 0
`,
  parse(output, subjects) {
    const found = output.split("\n").flatMap((line): readonly LocalFile[] => {
      if (line === "") return [];
      const match = /^([48a])([0-9a-f]{3}) (\S+) (\S+) (\d+) (\S+) (\/.*)$/.exec(line);
      if (!match) throw new Error(`there is no file in ${JSON.stringify(line.slice(0, 200))}`);
      const [, type, bits = "", owner = "", group = "", size = "", content = "", path = ""] = match;
      const owned = { path, mode: (Number.parseInt(bits, 16) & 0o7777).toString(8).padStart(4, "0"), owner, group };
      if (type === "4") return [{ ...owned, type: "directory" }];
      const bytes = Buffer.from(content, "base64");
      if (type === "a") return [{ ...owned, type: "symlink", target: bytes.toString().replace(/\n$/, "") }];
      return [{ ...owned, type: "file", size: Number(size), ...(content === "-" ? {} : { bytes }) }];
    });
    return new Map(subjects.map((subject) => [subject, found.filter(({ path }) => path.startsWith(`${subject}/`))]));
  },
});
