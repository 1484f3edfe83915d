import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A file of the repository; `path` from its root. */
export interface File {
  readonly path: string;
  readonly text: string;
}

/** A rule: from all files to complaints, each with its place. */
export type Rule = (files: readonly File[]) => readonly string[];

const root = join(import.meta.dirname, "../../..");

/** Not ours: installed, built, or written while programs run. */
const foreign = /^(node_modules|dist|\.git|\.steading|\.pulumi|coverage)(\/|$)/;

/** The text files of the repository. */
export const repositoryFiles = (): readonly File[] =>
  globSync("**/*.{ts,js,sh,py,md,json,yaml,yml,txt}", { cwd: root, exclude: (path) => foreign.test(path) })
    .concat(globSync(".{ci,github}/**/*", { cwd: root, withFileTypes: false }).filter((path) => /\.(yml|md)$|run$/.test(path)))
    .filter((path) => path !== "package-lock.json")
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
