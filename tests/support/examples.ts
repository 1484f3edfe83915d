import { basename } from "node:path";
import { exportName, pascalCase } from "#gen/names.ts";
import type { File } from "./layout/files.ts";

/** A block of TypeScript in a page or comment. */
export interface Example {
  /** Where the block starts: path, and line counted from 1. */
  readonly path: string;
  readonly line: number;
  readonly code: string;
}

/** The blocks of TypeScript in Markdown, or of a TSDoc comment (whose lines begin with a star). */
export function examplesOf({ path, text }: File): readonly Example[] {
  const found: Example[] = [];
  let open: { line: number; code: string[] } | undefined;
  text.split("\n").forEach((raw, index) => {
    const line = path.endsWith(".md") ? raw : raw.replace(/^\s*\* ?/, "");
    if (open === undefined) {
      if (/^\s*```ts\s*$/.test(line)) open = { line: index + 2, code: [] };
    } else if (/^\s*```\s*$/.test(line)) {
      found.push({ path, line: open.line, code: open.code.join("\n") });
      open = undefined;
    } else open.code.push(line);
  });
  return found;
}

/** Words that an example may use without importing them, and the module that has each. */
export function importable(paths: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    paths.flatMap((path): [string, string][] => {
      const [folder = "", file = ""] = path.split("/");
      if (path.split("/").length !== 2 || !/^(kinds|facts|clouds|components|policies)$/.test(folder) || !file.endsWith(".ts")) return [];
      const name = basename(file, ".ts");
      return [[folder === "components" ? pascalCase(name) : exportName(name), `#${folder}/${file}`]];
    }),
  );
}

/** Names that a module declares or imports itself. */
const declared = (code: string): ReadonlySet<string> =>
  new Set([
    ...[...code.matchAll(/\b(?:const|let|class|function)\s+(\w+)/g)].map((match) => match[1] ?? ""),
    ...[...code.matchAll(/^import\s+(?:type\s+)?\{([^}]*)\}/gm)].flatMap((match) => (match[1] ?? "").split(",").map((name) => name.trim().replace(/^type /, ""))),
  ]);

/** The example as a module: imports for the words that it uses, all on one line, so that its own lines count from 2. */
export function asModule({ code }: Example, words: ReadonlyMap<string, string>): string {
  const own = declared(code);
  const bare = code.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\/\/.*$/gm, "");
  const imports = [...words]
    .filter(([word]) => !own.has(word) && new RegExp(`(?<![.\\w#/])${word}\\s*\\(|new ${word}\\b`).test(bare))
    .map(([word, module]) => `import { ${word} } from "${module}";`);
  return `${imports.join(" ")} export {};\n${code}\n`;
}
