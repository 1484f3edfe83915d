import { readFile, realpath, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Issues } from "#model/issue.ts";
import { isObject } from "#model/value.ts";
import { unlessMissing } from "#engine/durable-write.ts";
import { parseJson } from "#engine/json-fields.ts";
import type { Project } from "#engine/project.ts";
import { RUN } from "#engine/run-again.ts";

const INDEX = ["index.ts", "index.js", "index.mjs", "index.mts"] as const;

const isFile = async (path: string): Promise<boolean> => (await unlessMissing(stat(path)))?.isFile() === true;

/** What the package.json of a directory names as its module; undefined for none. One that cannot be read is Node's to refuse. */
async function mainOf(directory: string): Promise<string | undefined> {
  const text = await unlessMissing(readFile(join(directory, "package.json"), "utf8"));
  try {
    const manifest = parseJson(text ?? "{}");
    const main = isObject(manifest) ? manifest["main"] : undefined;
    return typeof main === "string" ? main : undefined;
  } catch {
    return undefined;
  }
}

/** The file at `path`; of a directory the one that its package.json names, or its index file. */
export async function fileAt(path: string): Promise<string | undefined> {
  const found = await unlessMissing(stat(path));
  if (found === undefined || found.isFile()) return found === undefined ? undefined : path;
  const main = await mainOf(path);
  const named = main === undefined ? [] : [main, `${main}.js`, join(main, "index.js")];
  for (const name of [...named, ...INDEX]) if (await isFile(join(path, name))) return join(path, name);
  return undefined;
}

/** Where a program is. */
export interface Program {
  /** Absolute, without links. */
  readonly file: string;
  /** Where it works: the project, or where `main` leads to (pulumi pkg/engine/project.go, getPwdMain). */
  readonly directory: string;
}

/**
 * The program of a stack: `main` of Pulumi.yaml, else `stacks/<stack>.ts`, else the project's index file. Throws `Issues` when
 * there is none, and for programs that are not Node's.
 */
export async function findProgram({ directory, main, runtime, file }: Project, stack: string): Promise<Program> {
  if (runtime.name !== "nodejs")
    throw new Issues([{ code: "program.unsupported", at: file, path: "runtime", message: `Steading's own engine does not run ${runtime.name}`, fix: "use the Pulumi CLI" }]);
  const candidates = main === undefined ? [join("stacks", `${stack}.ts`), "."] : [main];
  for (const candidate of candidates) {
    const at = resolve(directory, candidate);
    const found = await fileAt(at);
    if (found !== undefined) return { file: await realpath(found), directory: main === undefined ? directory : found === at ? dirname(at) : at };
  }
  throw new Issues([
    { code: "program.missing", at: file, path: main === undefined ? "" : "main", message: `there is no program in ${candidates[0] ?? ""}`, fix: `write stacks/${stack}.ts, or name the program in Pulumi.yaml as main` },
  ]);
}

let runs = 0;

/** Lets CommonJS modules of a program run again; Node keeps them by file, whatever their address. */
function forgetCommonJs(): void {
  const { cache } = createRequire(import.meta.url);
  for (const path of Object.keys(cache)) if (!path.includes("/node_modules/")) Reflect.deleteProperty(cache, path);
}

/** Loads a program, which declares its resources meanwhile, and returns its exports (pulumi sdk/nodejs cmd/run/run.ts). */
export async function loadProgram(file: string): Promise<unknown> {
  // A module runs only once; a second run of the same program needs another name for it (`runModulesAgain` gives one to all that it imports).
  const url = new URL(pathToFileURL(file));
  runs += 1;
  if (runs > 1) {
    forgetCommonJs();
    url.searchParams.set(RUN, String(runs));
  }
  const exported: unknown = await import(url.href);
  if (typeof exported !== "object" || exported === null) return exported;
  // A CommonJS program gives out what it assigns; Node adds a default, and the names that it can guess.
  if ("module.exports" in exported) return called(exported["module.exports"]);
  if (!("default" in exported)) return exported;
  if (Object.keys(exported).length > 1) throw new Error(`${file} has a default export and named exports: stack outputs can be only one of them`);
  return called(exported.default);
}

/** What a program gives out may be a function that makes it. */
const called = (main: unknown): unknown => (typeof main === "function" ? (main as () => unknown)() : main);
