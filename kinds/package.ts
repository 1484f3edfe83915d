import { installedPackages } from "#facts/installed-packages.ts";
import { packageCandidates } from "#facts/package-candidates.ts";
import type { PackageCandidate } from "#facts/package-candidates.ts";
import { packages } from "#facts/packages.ts";
import type { PackageState } from "#facts/packages.ts";
import { apt } from "#model/apt.ts";
import { change } from "#model/change.ts";
import { defineKind } from "#model/kind.ts";
import { flag, oneOf, optional, propsOf, text } from "#model/schema.ts";
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
  package: text(/^[a-z0-9][a-z0-9+.-]*[a-z0-9+.](:[a-z0-9]+(-[a-z0-9]+)*)?$/, "a package name such as openssh-server (lower-case letters, digits, +, - and .)"),
  state: optional(oneOf("present", "absent")),
  version: optional(text(/^[A-Za-z0-9]([A-Za-z0-9.+:~-]*[A-Za-z0-9.+~])?$/, "a Debian version such as 1:9.2p1-2")),
  hold: optional(flag),
});

const isAbsent = (want: PackageProps): boolean => want.state === "absent";

const installSteps = (want: PackageProps, have: PackageState, candidate: PackageCandidate): readonly Step[] => [
  ...(have.status === "absent" && (candidate.version === undefined || !candidate.fresh) ? [apt.refresh] : []),
  want.version === undefined ? apt.install(want.package) : apt.installVersion(want.package, want.version),
];

/**
 * A package, installed or absent. All packages of a layer are installed in one transaction of apt, without recommended
 * ones; the lists are refreshed only when they are older than a day or do not know a package.
 *
 * A package that is there only because others need it is marked as wanted for its own sake (apt-mark(8)).
 *
 * Undo removes what was not there and what came along with it, unless others need it by now, and brings back what was there
 * or had to make way. Versions that moved up on the way stay. In an unbooted tree, whoever made the tree keeps services from
 * starting (`/usr/sbin/policy-rc.d`).
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
  risk: "connection",
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
      ...change("mark", have.auto ? "auto" : "manual", "manual"),
      ...(want.hold === undefined ? [] : change("hold", have.hold, want.hold)),
    ];
  },
  apply: (want, { package: have, candidate }) => [
    ...(have.interrupted || have.status === "broken" ? [apt.finish] : []),
    ...(isAbsent(want) ? [apt.remove(want.package)] : []),
    ...(!isAbsent(want) && (have.status !== "installed" || (want.version !== undefined && want.version !== have.version)) ? installSteps(want, have, candidate) : []),
    ...(!isAbsent(want) && have.auto ? [apt.manual(want.package)] : []),
    ...(isAbsent(want) || want.hold === undefined || want.hold === have.hold ? [] : [apt.hold(want.package, want.hold)]),
  ],
  undo(want, { package: before }) {
    if (!isAbsent(want) && before.status === "absent") return [apt.purge(want.package)];
    if (!isAbsent(want) && before.status === "config-files") return [apt.withdraw(want.package)];
    if (before.status !== "installed" || before.version === undefined) return [];
    const moves = isAbsent(want) || (want.version !== undefined && want.version !== before.version);
    const holds = before.hold || (!isAbsent(want) && want.hold === true);
    return [
      ...(moves ? [apt.back(want.package, before.version)] : []),
      ...(before.auto ? [apt.auto(want.package)] : []),
      ...(holds ? [apt.hold(want.package, before.hold)] : []),
    ];
  },
  survey: {
    reads: { all: installedPackages("all") },
    items({ all }) {
      const chosen = all.filter(({ base, automatic, hold }) => hold || !(base || automatic));
      const others = all.length - chosen.length;
      return [
        ...chosen.map(({ name, whole, hold, automatic }) => {
          if (!whole) return { name, why: "it is half installed: dpkg --configure -a" };
          // An item is wanted for its own sake.
          return automatic ? { name, why: "it is on hold, but came along with another" } : { name, want: { package: name, ...(hold ? { hold } : {}) } };
        }),
        ...(others === 0 ? [] : [{ name: `${others.toString()} more`, why: "they are part of every Debian, or came along with others" }]),
      ];
    },
  },
});
