import { defineFact } from "#model/fact.ts";

/** A package as dpkg(1) knows it. */
export interface InstalledPackage {
  /** `name:architecture` for a foreign one. */
  readonly name: string;
  /** Installed whole, as against half. */
  readonly whole: boolean;
  readonly hold: boolean;
  /** It came along with another one: apt's `Auto-Installed`. */
  readonly automatic: boolean;
  /** Part of every Debian, or a library that an installed package asks for: nobody chose it. */
  readonly base: boolean;
}

/** Sections of packages that are there for others (Debian policy 2.4). */
const FOR_OTHERS = /^(.*\/)?(libs|oldlibs|perl|python|introspection)$/;

const names = (relations: string): readonly string[] => relations.split(/[,|]/).map((one) => one.trim().replace(/[ :(].*$/, ""));

/** All packages whose files are there, by name; the subject is always `all`. From dpkg-query(1) and apt's own list of what came along; apt is not started. */
export const installedPackages = defineFact<readonly InstalledPackage[]>({
  fact: "installed-packages",
  script: `
command -v dpkg-query >/dev/null || exit 0
echo "architecture $(dpkg --print-architecture)"
awk '/^Package:/ { name = $2 } /^Architecture:/ { arch = $2 } /^Auto-Installed: 1/ { print "automatic " name ":" arch }' /var/lib/apt/extended_states 2>/dev/null
dpkg-query -W -f 'package \${Package}\\t\${Architecture}\\t\${db:Status-Abbrev}\\t\${Priority} \${Essential}\\t\${Section}\\t\${Pre-Depends}, \${Depends}\\n'
exit 0
`,
  parse(output, subjects) {
    const lines = output.split("\n");
    const rest = (word: string) => lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
    const own = rest("architecture")[0];
    const automatic = new Set(rest("automatic"));
    const rows = rest("package").map((line) => line.split("\t"));
    const needed = new Set(rows.flatMap(([, , , , , relations = ""]) => names(relations)));
    const found = rows.flatMap(([name = "", architecture = "", letters = "", weight = "", section = ""]): readonly InstalledPackage[] => {
      if (letters.length !== 3) throw new Error(`dpkg-query printed ${JSON.stringify(name)}`);
      if (letters[1] === "c" || letters[1] === "n") return [];
      const native = architecture === own || architecture === "all";
      return [
        {
          name: native ? name : `${name}:${architecture}`,
          whole: letters[1] === "i" && letters[2] === " ",
          hold: letters.startsWith("h"),
          automatic: automatic.has(`${name}:${architecture}`) || (architecture === "all" && automatic.has(`${name}:${own ?? ""}`)),
          base: /^(required|important) | yes$/.test(weight) || (FOR_OTHERS.test(section) && needed.has(name)),
        },
      ];
    });
    return new Map(subjects.map((subject) => [subject, found]));
  },
});
