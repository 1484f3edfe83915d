import { installedPackages } from "#facts/installed-packages.ts";
import { packageCandidates } from "#facts/package-candidates.ts";
import type { PackageCandidate } from "#facts/package-candidates.ts";
import { packages } from "#facts/packages.ts";
import type { PackageState } from "#facts/packages.ts";
import { change } from "#model/change.ts";
import { defineKind } from "#model/kind.ts";
import { flag, oneOf, optional, propsOf, text } from "#model/schema.ts";
import { run } from "#model/step.ts";
import type { Step } from "#model/step.ts";

/** Desired package, as written in a stack. */
export interface PackageProps {
  /** The package's name; `name:architecture` for a foreign architecture. */
  package: string;
  /** @defaultValue `present` */
  state?: "present" | "absent";
  /** Exactly this version. @defaultValue whatever is installed, else the newest */
  version?: string;
  /** Keep it at its version: upgrades leave it alone. @defaultValue not looked at */
  hold?: boolean;
}

const props = propsOf<PackageProps>()({
  package: text(/^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?$/, "a package name such as openssh-server (lower-case letters, digits, +, - and .)"),
  state: optional(oneOf("present", "absent")),
  version: optional(text(/^[A-Za-z0-9][A-Za-z0-9.+:~-]*$/, "a Debian version such as 1:9.2p1-2")),
  hold: optional(flag),
});

const isAbsent = (want: PackageProps): boolean => want.state === "absent";

/**
 * Never asks, keeps configuration that the administrator changed, waits for whoever holds the lock. A name that dpkg never
 * heard of needs no purging, though apt-get would call it a mistake.
 */
const SCRIPT = `
verb=$1
shift
if test "$verb" = purge; then
  for name do
    shift
    if dpkg-query -W "$name" >/dev/null 2>&1; then set -- "$@" "$name"; fi
  done
  test $# -gt 0 || exit 0
fi
exec apt-get "$verb" -q -y --no-install-recommends --allow-change-held-packages -o DPkg::Lock::Timeout=300 \\
  -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
`;
const ENV = { DEBIAN_FRONTEND: "noninteractive", APT_LISTCHANGES_FRONTEND: "none", NEEDRESTART_SUSPEND: "1", LC_ALL: "C.UTF-8" };

const aptGet = (verb: readonly string[], name: string): Step => run(["sh", "-c", SCRIPT, "apt-get", ...verb], { env: ENV, each: [name] });

/** What a package manager must be able to do; another one is another object of this shape. */
const apt = {
  finish: run(["dpkg", "--configure", "-a", "--force-confdef", "--force-confold"], { env: ENV, once: true }),
  refresh: run(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "update"], { env: ENV, once: true }),
  install: (name: string): Step => aptGet(["install"], name),
  installVersion: (name: string, version: string): Step => aptGet(["install", "--allow-downgrades"], `${name}=${version}`),
  /** Leaves configuration, so that it can come back. */
  remove: (name: string): Step => aptGet(["remove"], name),
  purge: (name: string): Step => aptGet(["purge"], name),
  hold: (name: string, hold: boolean): Step => run(["apt-mark", hold ? "hold" : "unhold"], { each: [name] }),
};

const installSteps = (want: PackageProps, have: PackageState, candidate: PackageCandidate): readonly Step[] => [
  ...(have.status === "absent" && (candidate.version === undefined || !candidate.fresh) ? [apt.refresh] : []),
  want.version === undefined ? apt.install(want.package) : apt.installVersion(want.package, want.version),
];

/**
 * A package, installed or absent. All packages of a layer are installed in one transaction of apt, without recommended
 * ones; the lists are refreshed only when they are older than a day or do not know a package.
 *
 * Undo removes what was not there, and brings back what was; packages that came along as dependencies stay, marked for
 * `apt autoremove`. In an unbooted tree, whoever made the tree keeps services from starting (`/usr/sbin/policy-rc.d`).
 *
 * @example An ssh server
 * ```ts
 * packageKind("openssh-server", { package: "openssh-server" });
 * ```
 * @example Without telnet
 * ```ts
 * packageKind("no telnet", { package: "telnet", state: "absent" });
 * ```
 */
export const packageKind = defineKind({
  kind: "package",
  props,
  owns: (want) => [`package:${want.package}`],
  needs: () => ["path:/etc/apt/*"],
  risk: "none",
  reads: (want) => ({ package: packages(want.package), candidate: packageCandidates(isAbsent(want) ? "" : want.package) }),
  diff(want, { package: have, candidate }) {
    const isThere = have.status === "installed" || have.status === "broken";
    if (isAbsent(want)) return isThere ? change("state", "present", "absent") : [];
    if (have.status !== "installed") {
      const why = have.manager === "none" ? "Steading knows no package manager of this host" : "the package lists of this host do not know it yet";
      return [
        ...change("state", have.status === "broken" ? "broken" : "absent", "present"),
        ...(have.status === "absent" && candidate.version === undefined ? [{ field: "version", cannotTell: why }] : change("version", have.version, want.version ?? candidate.version)),
        ...(want.hold === undefined ? [] : change("hold", have.hold, want.hold)),
      ];
    }
    return [
      ...(want.version === undefined ? [] : change("version", have.version, want.version)),
      ...(want.hold === undefined ? [] : change("hold", have.hold, want.hold)),
    ];
  },
  apply: (want, { package: have, candidate }) => [
    ...(have.interrupted || have.status === "broken" ? [apt.finish] : []),
    ...(isAbsent(want) ? [apt.remove(want.package)] : []),
    ...(!isAbsent(want) && (have.status !== "installed" || (want.version !== undefined && want.version !== have.version)) ? installSteps(want, have, candidate) : []),
    ...(isAbsent(want) || want.hold === undefined || want.hold === have.hold ? [] : [apt.hold(want.package, want.hold)]),
  ],
  undo(want, { package: before }) {
    const holds = before.hold || (want.hold === true && before.status === "installed") ? [apt.hold(want.package, before.hold)] : [];
    if (isAbsent(want)) return before.status === "installed" ? [apt.install(want.package), ...holds] : [];
    if (before.status === "absent") return [apt.purge(want.package)];
    if (before.status === "config-files") return [apt.remove(want.package)];
    const back = want.version !== undefined && before.status === "installed" && before.version !== undefined && before.version !== want.version;
    return [...(back ? [apt.installVersion(want.package, before.version)] : []), ...holds];
  },
  survey: {
    reads: { all: installedPackages("all") },
    items({ all }) {
      const chosen = all.filter(({ base, automatic, hold }) => hold || !(base || automatic));
      const others = all.length - chosen.length;
      return [
        ...chosen.map(({ name, whole, hold }) => (whole ? { name, want: { package: name, ...(hold ? { hold } : {}) } } : { name, why: "it is half installed: dpkg --configure -a" })),
        ...(others === 0 ? [] : [{ name: `${others.toString()} more`, why: "they are part of every Debian, or came along with others" }]),
      ];
    },
  },
});
