import { realpath, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Issues } from "#model/issue.ts";
import { unlessMissing } from "#engine/durable-write.ts";
import type { Project } from "#engine/project.ts";
import { RUN } from "#engine/run-again.ts";

const INDEX = ["index.ts", "index.js", "index.mjs", "index.mts"] as const;

/** The file at `path`, or the index file of the directory there. */
export async function fileAt(path: string): Promise<string | undefined> {
  const found = await unlessMissing(stat(path));
  if (found === undefined || found.isFile()) return found === undefined ? undefined : path;
  for (const name of INDEX) {
    const file = await unlessMissing(stat(join(path, name)));
    if (file?.isFile() === true) return join(path, name);
  }
  return undefined;
}

/**
 * The program of a stack: `main` of Pulumi.yaml, else `stacks/<stack>.ts`, else the project's index file. Throws `Issues` when
 * there is none, and for programs that are not Node's.
 */
export async function findProgram({ directory, main, runtime, file }: Project, stack: string): Promise<string> {
  if (runtime.name !== "nodejs")
    throw new Issues([{ code: "program.unsupported", at: file, path: "runtime", message: `Steading's own engine does not run ${runtime.name}`, fix: "use the Pulumi CLI" }]);
  const candidates = main === undefined ? [join("stacks", `${stack}.ts`), "."] : [main];
  for (const candidate of candidates) {
    const found = await fileAt(resolve(directory, candidate));
    if (found !== undefined) return realpath(found);
  }
  throw new Issues([
    { code: "program.missing", at: file, path: main === undefined ? "" : "main", message: `there is no ${candidates[0] ?? ""}`, fix: `write stacks/${stack}.ts, or name the program in Pulumi.yaml as main` },
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
  if (!("default" in exported)) return exported;
  if (Object.keys(exported).length > 1) throw new Error(`${file} has a default export and named exports: stack outputs can be only one of them`);
  const main = exported.default;
  return typeof main === "function" ? (main as () => unknown)() : main;
}
