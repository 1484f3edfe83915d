import { defineFact } from "#model/fact.ts";

/** A unit of which somebody decided whether it starts at boot: not the distribution. */
export interface UnitChoice {
  readonly unit: string;
  readonly startup: "enabled" | "disabled" | "masked";
  /** As `ActiveState` says; absent on an unbooted tree, and for a unit that is not loaded. */
  readonly active?: string;
}

/** What systemd's own package turns on without a record of it, and what Steading has for as long as it watches over a change. */
const NOBODYS_CHOICE = /^(remote-fs\.target|systemd-pstore\.service|getty@tty1\.service|steading-(keeper|trial)\.service)$/;

const startups = new Set<string>(["enabled", "disabled", "masked"]);

const isStartup = (word: string | undefined): word is UnitChoice["startup"] => word !== undefined && startups.has(word);

/**
 * Units that are on, off or masked by somebody's choice; the subject is always `all`.
 *
 * Packages keep a record of what they turned on (deb-systemd-helper(1p)): what is on without it, or off in spite of it, was
 * chosen. So was every unit whose file is in /etc, every instance of a template there, and what /etc masks.
 */
export const unitChoices = defineFact<readonly UnitChoice[]>({
  fact: "unit-choices",
  script: `
command -v systemctl >/dev/null || exit 0
cd /etc/systemd/system || exit 0
find . -maxdepth 1 -type f -name '*.*' | sed 's|^\\./|file |' | sort
find . -maxdepth 1 -type l | sort | while read -r link; do test "$(readlink "$link")" = /dev/null && echo "masked \${link#./}"; done
find . -mindepth 2 -type l \\( -path '*.wants/*@?*' -o -path '*.requires/*@?*' \\) | sed 's|.*/|instance |' | sort -u
find /var/lib/systemd/deb-systemd-helper-enabled -type f ! -name '*.dsh-also' 2>/dev/null | sed 's|.*/|package |' | sort -u
systemctl list-unit-files --no-legend --no-pager 2>/dev/null | awk '{ print "state", $1, $2 }'
test -n "$booted" && systemctl list-units --all --plain --no-legend --no-pager | awk '{ print "active", $1, $3 }'
exit 0
`,
  parse(output, subjects) {
    const rows = output.split("\n").map((line) => line.split(" "));
    const of = (word: string) => rows.filter(([first]) => first === word);
    const named = (word: string): ReadonlySet<string> => new Set(of(word).map(([, unit = ""]) => unit));
    const [files, masked, instances, packaged] = [named("file"), named("masked"), named("instance"), named("package")];
    const active = new Map(of("active").map(([, unit = "", state = ""]) => [unit, state]));
    const choices = of("state").flatMap(([, unit = "", startup]): readonly Omit<UnitChoice, "active">[] => {
      if (unit.includes("@.") || !isStartup(startup) || NOBODYS_CHOICE.test(unit)) return [];
      const isChosen = startup === "masked" ? masked.has(unit) : files.has(unit) || (startup === "enabled") !== packaged.has(unit);
      return isChosen ? [{ unit, startup }] : [];
    });
    const more = [...instances].filter((unit) => !packaged.has(unit) && !NOBODYS_CHOICE.test(unit)).map((unit) => ({ unit, startup: "enabled" as const }));
    const known = new Set(choices.map(({ unit }) => unit));
    const found = [...choices, ...more.filter(({ unit }) => !known.has(unit))].map((choice): UnitChoice => {
      const state = active.get(choice.unit);
      return { ...choice, ...(state === undefined ? {} : { active: state }) };
    });
    return new Map(subjects.map((subject) => [subject, found]));
  },
});
