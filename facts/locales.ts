import { defineFact } from "#model/fact.ts";

/** `en_GB.UTF-8` and `en_GB.utf8` are the same locale (glibc normalises the codeset). */
const normal = (locale: string): string => locale.replace(/\.[^@]*/, (codeset) => codeset.toLowerCase().replaceAll("-", ""));

/** Whether a locale can be used, by its name; from locale(1). */
export const locales = defineFact<boolean>({
  fact: "locales",
  script: `
command -v locale >/dev/null && locale -a 2>/dev/null
exit 0
`,
  parse(output, subjects) {
    const known = new Set(output.split("\n").map(normal));
    return new Map(subjects.map((subject) => [subject, known.has(normal(subject))]));
  },
});
