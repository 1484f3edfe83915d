import { defineFact } from "#model/fact.ts";

/** The text of small regular files by path, links followed; undefined where there is none. */
export const texts = defineFact<string | undefined>({
  fact: "texts",
  script: `
for path do
  test -f "$path" || continue
  printf '%s\\0' "$path"
  cat "$path"
  printf '\\0'
done
`,
  parse(output, subjects) {
    const parts = output.split("\0");
    if (parts.length % 2 === 0) throw new Error("a file holds a NUL byte");
    const found = new Map(parts.flatMap((part, index) => (index % 2 === 0 && index + 1 < parts.length ? [[part, parts[index + 1] ?? ""]] : [])));
    return new Map(subjects.map((subject) => [subject, found.get(subject)]));
  },
});
