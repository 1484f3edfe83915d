import { mkdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { stringify } from "yaml";
import { makePassphrase } from "#cli/passphrase-file.ts";
import type { StackChoice } from "#cli/stack-choice.ts";
import { readIfThere } from "#engine/durable-write.ts";
import { Issues } from "#model/issue.ts";

const HOME = resolve(import.meta.dirname, "../..");

const refuse = (code: string, at: string, message: string, fix: string): never => {
  throw new Issues([{ code, at, path: "", message, fix }]);
};

async function write(file: string, text: string): Promise<void> {
  if (readIfThere(file) !== text) await writeFile(file, text);
}

/**
 * The project of a machine that is one YAML file: made beside it in `.steading/<name>`, with the state of all such files in
 * `.steading/state`, so that the Pulumi CLI can take it over there. git ignores all of it. Throws `Issues`.
 */
export async function fileProject(file: string, cwd: string, env: NodeJS.ProcessEnv): Promise<StackChoice> {
  const path = resolve(cwd, file);
  const name = basename(path).replace(/\.ya?ml$/, "");
  if (!/\.ya?ml$/.test(path) || !/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$/.test(name)) refuse("file.invalid", file, "is not the name of a machine's file", "letters, digits, -, _ and ., then .yaml; a stack of a project is named with --stack");
  if (!(await stat(path).then((found) => found.isFile(), () => false))) refuse("file.missing", file, "there is no such file", "name the YAML file of a machine");
  const home = dirname(path);
  const directory = join(home, ".steading", name);
  await mkdir(join(home, ".steading/state"), { recursive: true, mode: 0o700 });
  await mkdir(directory, { recursive: true });
  await write(join(home, ".steading/.gitignore"), "*\n");
  await write(
    join(directory, "Pulumi.yaml"),
    stringify({
      name,
      description: `The machine in ${basename(path)}; written by steading`,
      runtime: { name: "nodejs", options: { typescript: false, nodeargs: "--import tsx" } },
      main: relative(directory, join(HOME, "stacks/by-file.ts")),
      backend: { url: "file://../state" },
      plugins: { providers: [{ name: "steading", path: join(HOME, "src/provider/bin") }] },
      config: { file: { type: "string", default: path } },
    }),
  );
  await makePassphrase(env, home);
  return { directory, stack: name, passphrase: home };
}
