import { defineFact } from "#model/fact.ts";

/** The folders above an absolute path that are not there, innermost first: those that `mkdir -p` would make. */
export const missingFolders = defineFact<readonly string[]>({
  fact: "missing-folders",
  script: `
for path do
  folder=\${path%/*}
  missing=0
  while test -n "$folder" && ! test -e "$folder"; do
    folder=\${folder%/*}
    missing=$((missing + 1))
  done
  echo "$missing"
done
`,
  parse(output, subjects) {
    const counts = output.trim().split("\n");
    if (counts.length !== subjects.length || counts.some((count) => !/^\d+$/.test(count))) throw new Error(`the folders are ${JSON.stringify(output)}`);
    return new Map(subjects.map((path, index) => [path, foldersAbove(path).slice(0, Number(counts[index]))]));
  },
});

/** All folders above a path, innermost first, without the root. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, parts.length - index).join("/")}`);
}
