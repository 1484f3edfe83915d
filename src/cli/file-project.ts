import { existsSync } from "node:fs";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { makePassphrase } from "#cli/passphrase-file.ts";
import type { StackChoice } from "#cli/stack-choice.ts";
import { isSystemError, orUnwritable, readIfThere } from "#engine/durable-write.ts";
import { Issues } from "#model/issue.ts";
import { isObject } from "#model/value.ts";

const HOME = resolve(import.meta.dirname, "../..");

/** Names that `.steading` has for itself. */
const OWN: ReadonlySet<string> = new Set(["passphrase", "state"]);

const refuse = (code: string, at: string, message: string, fix: string): never => {
  throw new Issues([{ code, at, path: "", message, fix }]);
};

/**
 * The project of a machine that is one YAML file: made beside it in `.steading/<name>`, with the state of all such files in
 * `.steading/state`, so that the Pulumi CLI can take it over there. git ignores all of it. `destroy` needs no file, only what an
 * earlier run made of it. Throws `Issues`.
 */
export async function fileProject(file: string, cwd: string, env: NodeJS.ProcessEnv, command: string): Promise<StackChoice> {
  const path = resolve(cwd, file);
  const name = nameOf(path, file);
  const home = dirname(path);
  const directory = join(home, ".steading", name);
  const isThere = await isFile(path, file);
  if (!isThere && !existsSync(join(directory, "Pulumi.yaml"))) refuse("file.missing", file, "there is no such file", "name the YAML file of a machine");
  if (!isThere && command !== "destroy") refuse("file.missing", file, "the file is gone, its stack is not", `put the file back; or \`steading destroy ${file}\` undoes what the stack did, without the file`);
  await orUnwritable(join(home, ".steading"), isThere ? make(path, directory, env) : keepPassphrase(home, env));
  return { directory, stack: name, passphrase: home };
}

/** The stack's name. */
function nameOf(path: string, file: string): string {
  const name = basename(path).replace(/\.ya?ml$/, "");
  if (!/\.ya?ml$/.test(path) || !/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$/.test(name)) refuse("file.invalid", file, "is not the name of a machine's file", "letters, digits, -, _ and ., then .yaml; a stack of a project is named with --stack");
  if (OWN.has(name)) refuse("file.invalid", file, `${name} is a name that Steading needs for itself in .steading`, "name the file otherwise, best as the machine is named");
  return name;
}

async function isFile(path: string, file: string): Promise<boolean> {
  try {
    const found = await stat(path);
    return found.isFile() || refuse("file.invalid", file, found.isDirectory() ? "is a directory" : "is no ordinary file", "name the YAML file of a machine");
  } catch (error) {
    if (isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR")) return false;
    if (error instanceof Issues) throw error;
    return refuse("file.unreadable", file, `cannot be read: ${String(error).replace(/^Error: /, "")}`, "give yourself the right to read it");
  }
}

/** Refuses `web.yaml` where the stack `web` was made from a `web.yml` that is still there, and the other way round. */
function refuseTwin(path: string, directory: string): void {
  const made: unknown = parse(readIfThere(join(directory, "Pulumi.yaml")) ?? "");
  const config = isObject(made) ? made["config"] : undefined;
  const from = isObject(config) && isObject(config["file"]) ? config["file"]["default"] : undefined;
  const twin = typeof from === "string" ? join(dirname(path), basename(from)) : path;
  if (twin !== path && existsSync(twin)) refuse("file.taken", path, `${basename(twin)} beside it has the same name, and the stack is that file's`, "name one of them otherwise");
}

/** Never a new passphrase where a stack is encrypted with one that is gone. */
async function keepPassphrase(home: string, env: NodeJS.ProcessEnv): Promise<void> {
  const own = join(home, ".steading");
  await makePassphrase(env, home, (await readdir(own)).map((name) => join(own, name, `Pulumi.${name}.yaml`)));
}

async function write(file: string, text: string): Promise<void> {
  if (readIfThere(file) !== text) await writeFile(file, text);
}

async function make(path: string, directory: string, env: NodeJS.ProcessEnv): Promise<void> {
  const home = dirname(path);
  refuseTwin(path, directory);
  await mkdir(join(home, ".steading/state"), { recursive: true, mode: 0o700 });
  await mkdir(directory, { recursive: true });
  await write(join(home, ".steading/.gitignore"), "*\n");
  await write(
    join(directory, "Pulumi.yaml"),
    stringify({
      name: basename(directory),
      description: `The machine in ${basename(path)}; written by steading`,
      runtime: { name: "nodejs", options: { typescript: false, nodeargs: "--import tsx" } },
      main: relative(directory, join(HOME, "stacks/by-file.ts")),
      backend: { url: "file://../state" },
      plugins: { providers: [{ name: "steading", path: join(HOME, "src/provider/bin") }] },
      config: { file: { type: "string", default: path } },
    }),
  );
  await keepPassphrase(home, env);
}
