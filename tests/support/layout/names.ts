import { basename, dirname } from "node:path";
import { exportName, pascalCase } from "#gen/names.ts";
import type { File, Rule } from "./files.ts";

/** The folders to which one file is added at a time, and what such a file must hold for its name. */
const folders: readonly (readonly [string, string, (name: string) => readonly string[]])[] = [
  ["kinds", ".ts", (name) => [`export const ${exportName(name)} = defineKind`, `kind: "${name}"`, `export interface ${pascalCase(name)}Props`]],
  ["facts", ".ts", (name) => [`export const ${exportName(name)} = defineFact`, `fact: "${name}"`]],
  ["clouds", ".ts", (name) => [`export const ${exportName(name)} = defineCloud`, `cloud: "${name}"`, `export interface ${pascalCase(name)}Props`]],
  ["components", ".ts", (name) => [`export class ${pascalCase(name)} extends`]],
  ["policies", ".ts", (name) => [`export const ${exportName(name)} =`]],
];

const nameIn = (folder: string, ending: string, { path }: File): string | undefined =>
  dirname(path) === folder && path.endsWith(ending) ? basename(path, ending) : undefined;

/** One kebab-case name drives file, export, word in the file, and props type. */
export const nameDrivesExport: Rule = (files) =>
  folders.flatMap(([folder, ending, expected]) =>
    files.flatMap((file) => {
      const name = nameIn(folder, ending, file);
      if (name === undefined) return [];
      const missing = expected(name).filter((text) => !file.text.includes(text));
      return missing.map((text) => `${file.path}: does not hold \`${text}\`, which its name asks for`);
    }),
  );

/** Files are named in kebab-case. */
export const kebabCase: Rule = (files) =>
  files
    .filter(({ path }) => /\.(ts|sh)$/.test(path))
    .filter(({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|soak|samples|config))?\.(ts|sh)$/.test(basename(path)))
    .map(({ path }) => `${path}: not kebab-case`);

/** A file is named for what it knows. */
export const tellingNames: Rule = (files) =>
  files
    .filter(({ path }) => /\.[tj]s$/.test(path))
    .filter(({ path }) => /(^|-)(utils?|helpers?|common|managers?|misc|index|registry)$/.test(basename(path).split(".")[0] ?? "") || basename(path).startsWith("service."))
    .map(({ path }) => `${path}: a name that says nothing, a barrel or a list; name the file for what it knows`);

/** Each kind, fact, cloud, component and policy has a test of its name. */
export const sourcesTested: Rule = (files) => pairs(files, (folder) => folder, (folder) => `tests/${folder}`, ".ts", ".test.ts", "is not tested: there is no");

/** Each test of a kind, fact, cloud, component or policy has its source. */
export const testsHaveSource: Rule = (files) => pairs(files, (folder) => `tests/${folder}`, (folder) => folder, ".test.ts", ".ts", "tests nothing: there is no");

function pairs(files: readonly File[], from: (folder: string) => string, to: (folder: string) => string, ending: string, other: string, complaint: string): readonly string[] {
  const paths = new Set(files.map(({ path }) => path));
  return folders.flatMap(([folder]) =>
    files.flatMap((file) => {
      const name = nameIn(from(folder), ending, file);
      if (name === undefined || (ending === ".ts" && name.includes("."))) return [];
      const wanted = `${to(folder)}/${name}${other}`;
      return paths.has(wanted) ? [] : [`${file.path}: ${complaint} ${wanted}`];
    }),
  );
}

/** Each kind, fact, cloud, component and profile has a reference page. */
export const pagesPresent: Rule = (files) => {
  const paths = new Set(files.map(({ path }) => path));
  return [...folders.filter(([folder]) => folder !== "policies"), ["profiles", ".yaml"] as const].flatMap(([folder, ending]) =>
    files.flatMap((file) => {
      const name = nameIn(folder, ending, file);
      return name === undefined || paths.has(`docs/reference/${folder}/${name}.md`) ? [] : [`${file.path}: has no docs/reference/${folder}/${name}.md; run npm run gen`];
    }),
  );
};

/** Each profile is used by some test by its name. */
export const profilesTested: Rule = (files) =>
  files
    .filter(({ path }) => /^profiles\/[^/]+\.yaml$/.test(path))
    .filter(({ path }) => !files.some((test) => test.path.startsWith("tests/") && test.path.endsWith(".test.ts") && test.text.includes(basename(path, ".yaml"))))
    .map(({ path }) => `${path}: no test names it`);
