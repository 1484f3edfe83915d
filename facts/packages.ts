import { defineFact } from "#model/fact.ts";

/** What the package database says of a package. */
export interface PackageState {
  /** `config-files`: removed, its configuration is still there. `broken`: half installed, or not configured. */
  readonly status: "installed" | "config-files" | "broken" | "absent";
  /** The version that is unpacked. */
  readonly version?: string;
  /** Kept at its version by apt-mark(8). */
  readonly hold: boolean;
  /** It came along with others, and may go when none needs it any more (apt-mark(8)). */
  readonly auto: boolean;
  /** The package manager; `none` where Steading knows none. */
  readonly manager: "apt" | "none";
  /** dpkg(1) was interrupted, and refuses work until it is told to go on. */
  readonly interrupted: boolean;
}

/** From dpkg-query's status letters: wanted, status, error. */
function stateOf(letters: string, version: string): Pick<PackageState, "status" | "version" | "hold"> {
  const hold = letters.startsWith("h");
  switch (letters.slice(1)) {
    case "i ":
      return { status: "installed", version, hold };
    case "n ":
      return { status: "absent", hold: false };
    case "c ":
      return { status: "config-files", hold };
    default:
      return { status: "broken", hold, ...(version === "" ? {} : { version }) };
  }
}

/** dpkg itself has the architecture of the host. */
const nativeOf = (lines: readonly string[]): string | undefined => lines.find((line) => line.startsWith("dpkg\t"))?.split("\t")[1];

/** Installed packages by name, `name:architecture` for a foreign one; from dpkg-query(1) and apt's extended_states. */
export const packages = defineFact<PackageState>({
  fact: "packages",
  script: `
command -v dpkg-query >/dev/null || exit 0
printf apt
for update in /var/lib/dpkg/updates/[0-9]*; do test -e "$update" && printf ' interrupted'; break; done
echo
dpkg-query -W -f '\${Package}\\t\${Architecture}\\t\${db:Status-Abbrev}\\t\${Version}\\n' -- dpkg "$@" 2>/dev/null
test -f /var/lib/apt/extended_states || exit 0
awk '
  BEGIN { for (i = 1; i < ARGC; i++) { sub(/:.*/, "", ARGV[i]); asked[ARGV[i]] } ARGV[1] = "/var/lib/apt/extended_states"; ARGC = 2 }
  /^P/ { name = $2 in asked ? $2 : "" }
  name == "" { next }
  /^Ar/ { architecture = $2 }
  /^Auto-Installed: 1/ { print name "\\t" architecture "\\tauto" }
' "$@"
exit 0
`,
  parse(output, subjects) {
    const [head = "", ...lines] = output.split("\n");
    const [manager, interrupted] = head.split(" ");
    const architecture = nativeOf(lines);
    const base = { manager: manager === "apt" ? ("apt" as const) : ("none" as const), interrupted: interrupted !== undefined };
    const found = new Map<string, PackageState>(subjects.map((subject) => [subject, { status: "absent", hold: false, auto: false, ...base }]));
    const autos = new Set(lines.filter((line) => /\tauto$/.test(line)));
    for (const line of lines) {
      if (line === "" || autos.has(line)) continue;
      const [name, arch, letters, version] = line.split("\t");
      if (name === undefined || letters?.length !== 3 || version === undefined) throw new Error(`dpkg-query printed ${JSON.stringify(line)}`);
      const known = stateOf(letters, version);
      const state = { ...known, auto: known.status === "installed" && autos.has(`${name}\t${arch === "all" ? architecture : arch}\tauto`), ...base };
      if (found.has(`${name}:${arch ?? ""}`)) found.set(`${name}:${arch ?? ""}`, state);
      if (found.has(name) && (arch === architecture || arch === "all" || arch === "")) found.set(name, state);
    }
    return found;
  },
});
