import { randomBytes } from "node:crypto";
import { access, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readIfThere } from "#engine/durable-write.ts";
import { Issues } from "#model/issue.ts";

/** Where a project keeps a passphrase that nobody had to type; git ignores the directory. */
const fileOf = (directory: string): string => join(directory, ".steading/passphrase");

const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false);

const given = (env: NodeJS.ProcessEnv): string | undefined => {
  if (env["PULUMI_CONFIG_PASSPHRASE"] !== undefined) return "PULUMI_CONFIG_PASSPHRASE";
  return (env["PULUMI_CONFIG_PASSPHRASE_FILE"] ?? "") === "" ? undefined : "PULUMI_CONFIG_PASSPHRASE_FILE";
};

/** What the passphrase comes from: a variable's name or a file's path; undefined when there is none. */
export async function passphraseSource(env: NodeJS.ProcessEnv, directory: string): Promise<string | undefined> {
  const variable = given(env);
  if (variable !== undefined) return variable;
  const file = fileOf(directory);
  return (await exists(file)) ? file : undefined;
}

/** The environment with the project's passphrase file in it, where there is one and nothing else is set. */
export async function withPassphrase(env: NodeJS.ProcessEnv, directory: string): Promise<NodeJS.ProcessEnv> {
  const file = fileOf(directory);
  return given(env) === undefined && (await exists(file)) ? { ...env, PULUMI_CONFIG_PASSPHRASE_FILE: file } : env;
}

/**
 * Makes a project's passphrase file (mode 0600, 256 random bits) unless a passphrase is there already; returns its path when it did.
 * Throws `Issues` when one of `configs`, files of stacks' configurations, has a salt: its passphrase was another one.
 */
export async function makePassphrase(env: NodeJS.ProcessEnv, directory: string, configs: readonly string[] = []): Promise<string | undefined> {
  if ((await passphraseSource(env, directory)) !== undefined) return undefined;
  const file = fileOf(directory);
  const salted = configs.find((config) => /^encryptionsalt:/m.test(readIfThere(config) ?? ""));
  if (salted !== undefined)
    throw new Issues([{ code: "passphrase.missing", at: file, path: "", message: `is gone; the stack of ${salted} was encrypted with it`, fix: "put it back, or give the passphrase in PULUMI_CONFIG_PASSPHRASE" }]);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600, flag: "wx" });
  return file;
}
