import { defineFact } from "#model/fact.ts";

/** What systemd says of a unit. */
export interface UnitState {
  /** `UnitFileState` of systemctl(1): `enabled`, `disabled`, `masked`, `static` …; empty when there is no such unit. */
  readonly startup: string;
  /** `ActiveState`; `failed` also while systemd waits to start it again. Absent on an unbooted tree. */
  readonly active?: string;
  /** Its files changed after systemd read them. Absent on an unbooted tree. */
  readonly stale?: boolean;
}

const isTemplate = (unit: string): boolean => unit.includes("@.");

function stateOf(block: string): UnitState {
  const fields = new Map(block.split("\n").map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  const active = fields.get("ActiveState");
  const startup = fields.get("UnitFileState");
  if (active === undefined || startup === undefined) throw new Error(`systemctl printed ${JSON.stringify(block)}`);
  return { startup, active: fields.get("SubState")?.startsWith("auto-restart") === true ? "failed" : active, stale: fields.get("NeedDaemonReload") === "yes" };
}

/** Units by their full name. Templates are not running anywhere: they count as not there. */
export const units = defineFact<UnitState>({
  fact: "units",
  script: `
for unit do
  shift
  case $unit in *@.*) ;; *) set -- "$@" "$unit" ;; esac
done
command -v systemctl >/dev/null && test $# -gt 0 || exit 0
if test -n "$booted"; then
  echo booted
  systemctl show --no-pager -p ActiveState,SubState,UnitFileState,NeedDaemonReload -- "$@"
else
  echo unbooted
  for unit do printf '%s %s\\n' "$unit" "$(systemctl is-enabled -- "$unit" 2>/dev/null)"; done
fi
exit 0
`,
  parse(output, subjects) {
    const asked = subjects.filter((subject) => !isTemplate(subject));
    const found = new Map<string, UnitState>(subjects.map((subject) => [subject, { startup: "" }]));
    if (output.startsWith("booted\n")) {
      const blocks = output.slice("booted\n".length).trim().split(/\n\n+/);
      if (blocks.length !== asked.length) throw new Error(`systemctl answered about ${blocks.length.toString()} of ${asked.length.toString()} units`);
      asked.forEach((subject, index) => found.set(subject, stateOf(blocks[index] ?? "")));
    } else {
      for (const line of output.split("\n").slice(1)) {
        const [unit = "", startup = ""] = line.split(" ");
        if (found.has(unit)) found.set(unit, { startup: startup === "not-found" ? "" : startup });
      }
    }
    return found;
  },
});

/**
 * Lets systemd read a unit file under its own name, and refuses it only for what is wrong in the file itself: unknown
 * sections and keys, values that do not parse, settings that systemd refuses. Programs and units that are not there yet
 * are no mistake. Without systemd, nothing is said.
 */
const PROVE = `
command -v systemd-analyze >/dev/null || exit 0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cp "$2" "$folder/$1"
said=$(LC_ALL=C systemd-analyze verify --man=no --recursive-errors=no "$folder/$1" 2>&1 | grep -E "$3" | sed "s|^$folder/||")
test -z "$said" && exit 0
printf '%s\\n' "$said"
exit 1
`;

/** The check of a staged unit file, or of a drop-in for that unit. */
export const unitProof = (unit: string, isDropIn = false): readonly string[] => {
  const inFile = "^/[^ ]*/tmp\\.[^/]*/[^ ]*:[0-9]+: ";
  return ["sh", "-c", PROVE, "systemd-analyze", unit, "{}", isDropIn ? inFile : `${inFile}|Refusing\\.$`];
};
