import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ARCHIVE, ASSET, SIGNATURE } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { archiveHash } from "#provider/archive.ts";
import { globPattern } from "#command/glob.ts";
import { textAt, textsAt } from "#command/inputs.ts";
import { CommandFailed, ended, environmentOf, logOf } from "#command/outcome.ts";
import type { Log, Said } from "#command/outcome.ts";

/** The files below a directory that patterns name: a later pattern wins, one with `!` takes away. */
async function named(directory: string, patterns: readonly string[]): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name).slice(directory.length).replace(/^\//, ""));
  const rules = patterns.map((pattern) => ({ takes: !pattern.startsWith("!"), files: globPattern(pattern.replace(/^!/, "")) }));
  const isNamed = (file: string): boolean => rules.reduce((taken, rule) => (rule.files.test(file) ? rule.takes : taken), false);
  return files.filter(isNamed).sort();
}

async function assetsOf(directory: string, patterns: readonly string[]): Promise<JsonObject> {
  const asset = (file: string): Json => {
    const path = join(directory, file);
    return { [SIGNATURE]: ASSET, path, hash: createHash("sha256").update(readFileSync(path)).digest("hex") };
  };
  return Object.fromEntries((await named(directory, patterns)).map((file) => [file, asset(file)]));
}

/** The assets as an archive. */
const archiveOf = async (assets: JsonObject, directory: string): Promise<JsonObject> => ({ [SIGNATURE]: ARCHIVE, assets, hash: await archiveHash({ assets }, directory) });

/** Runs a command on this machine. `inputs` are open; `last` is what the one before it said. Throws `CommandFailed`. */
export async function runLocally(command: string, inputs: JsonObject, last: Said, log: Log, signal: AbortSignal): Promise<JsonObject> {
  const interpreter = textsAt(inputs, "interpreter");
  const [file = "/bin/sh", ...args] = interpreter.length === 0 ? ["/bin/sh", "-c"] : interpreter;
  const cwd = textAt(inputs, "dir") ?? process.cwd();
  const stdin = textAt(inputs, "stdin") ?? "";
  const child = spawn(file, [...args, command], { cwd, env: { ...process.env, ...environmentOf(inputs, last) }, stdio: [stdin === "" ? "ignore" : "pipe", "pipe", "pipe"], signal });
  child.stdin?.end(stdin);
  const { status, reason, stdout, stderr, all } = await ended(child, logOf(inputs, log));
  if (status !== 0) throw new CommandFailed(status === undefined ? reason : `exit status ${status.toString()}`, command, all);
  const found = async (key: string): Promise<JsonObject | undefined> => (inputs[key] === undefined ? undefined : assetsOf(cwd, textsAt(inputs, key)));
  const [assets, archived] = [await found("assetPaths"), await found("archivePaths")];
  return { stdout, stderr, ...(assets === undefined ? {} : { assets }), ...(archived === undefined ? {} : { archive: await archiveOf(archived, cwd) }) };
}
