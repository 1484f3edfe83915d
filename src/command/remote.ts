import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { quote, quoteAll } from "#model/quote.ts";
import { isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { openDoor } from "#command/door.ts";
import type { Door } from "#command/door.ts";
import { textAt } from "#command/inputs.ts";
import { CommandFailed, ended, environmentOf, logOf } from "#command/outcome.ts";
import type { Ended, Log, Said } from "#command/outcome.ts";

/** What trying again does not mend. */
const FINAL = /Host key verification failed|Permission denied|No .* host key is known|REMOTE HOST IDENTIFICATION HAS CHANGED|no matching/i;

/** What is written to a command, anew for each try. */
type Input = () => Readable;

const quiet = { stdout: undefined, stderr: undefined };

/** Runs a command line on the other side, which first says `mark`; tries again while nobody lets us in. Throws an Error when nobody does. */
async function through(door: Door, limit: number, line: string, mark: string, input: Input, log: ReturnType<typeof logOf>, signal: AbortSignal): Promise<Ended> {
  const [file, ...args] = door.argv;
  for (let tries = 1; ; tries++) {
    const child = spawn(file, [...args, line], { env: { ...process.env, ...door.env }, stdio: "pipe", signal });
    input().on("error", () => { child.kill(); }).pipe(child.stdin);
    const end = await ended(child, log, mark);
    // 255 is ssh's own (ssh(1)).
    if (end.begun || (end.status !== undefined && end.status !== 255)) return end;
    signal.throwIfAborted();
    const why = end.stderr === "" ? end.reason : end.stderr;
    if (FINAL.test(why) || (limit !== -1 && tries > limit)) throw new Error(`no connection after ${tries.toString()} ${tries === 1 ? "try" : "tries"}: ${why}`);
    await sleep(Math.min(1000 * tries, 15_000), undefined, { signal });
  }
}

const limitOf = (connection: JsonObject): number => (typeof connection["dialErrorLimit"] === "number" ? connection["dialErrorLimit"] : 10);
const connectionOf = (inputs: JsonObject): JsonObject => (isObject(inputs["connection"]) ? inputs["connection"] : {});

/** Runs a command on another machine, by its login shell. `inputs` are open; `last` is what the one before it said. Throws `CommandFailed`. */
export async function runRemotely(command: string, inputs: JsonObject, last: Said, log: Log, signal: AbortSignal): Promise<JsonObject> {
  const connection = connectionOf(inputs);
  const mark = randomBytes(16).toString("hex");
  const exports = Object.entries(environmentOf(inputs, last)).map(([name, value]) => {
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`${JSON.stringify(name)} is no name for an environment variable`);
    return `export ${name}=${quote(value)}`;
  });
  const stdin = textAt(inputs, "stdin") ?? "";
  const call = `"\${SHELL:-/bin/sh}" -c ${quote(command)}`;
  const script = [`echo ${mark}`, ...exports, stdin === "" ? `exec ${call} </dev/null` : `printf %s ${quote(stdin)} | ${call}`].join("\n");
  await using door = await openDoor(connection);
  // Constant, and free of quotes and backslashes, for every login shell.
  const { status, reason, stdout, stderr, all } = await through(door, limitOf(connection), `exec ${quoteAll(["/bin/sh", "-c", 'eval "$(cat)"'])}`, mark, () => Readable.from([script]), logOf(inputs, log), signal);
  if (status !== 0) throw new CommandFailed(status === undefined ? reason : `Process exited with status ${status.toString()}`, command, all);
  return { stdout, stderr };
}

/** A copy's source: a file here, or a text. */
export interface Source {
  readonly name: string;
  readonly open: Input;
}

/** The file that an asset, or a path, means. Throws an Error for an asset of another kind. */
export function sourceOf(source: Json | undefined): Source {
  const [path, text] = typeof source === "string" ? [source, undefined] : isObject(source) ? [textAt(source, "path"), textAt(source, "text")] : [];
  if (path !== undefined) return { name: basename(path), open: () => createReadStream(path) };
  if (text !== undefined) return { name: "", open: () => Readable.from([text]) };
  throw new Error("only a file or a text can be copied by Steading's own engine; use the Pulumi CLI for archives and addresses");
}

/** Writes standard input to `$1`, or into it under the name `$2` where it is a folder. */
const RECEIVE = [
  "to=$1",
  `if test -d "$to"; then if test -n "$2"; then to=$to/$2; else echo "remote path $to is a directory; a text needs the path of a file" >&2; exit 1; fi; fi`,
  `mkdir -p -- "$(dirname -- "$to")" && echo "$3" && exec cat >"$to"`,
].join("; ");

/** Copies to another machine; folders on the way are made. Throws an Error when it fails. */
export async function copyThere(source: Source, inputs: JsonObject, signal: AbortSignal): Promise<void> {
  const connection = connectionOf(inputs);
  const to = textAt(inputs, "remotePath") ?? "";
  const mark = randomBytes(16).toString("hex");
  await using door = await openDoor(connection);
  const line = `exec ${quoteAll(["/bin/sh", "-c", RECEIVE, "sh", to.startsWith("-") ? `./${to}` : to, source.name, mark])}`;
  const { status, reason, all } = await through(door, limitOf(connection), line, mark, source.open, quiet, signal);
  if (status !== 0) throw new Error(`${to} could not be written: ${status === undefined ? reason : all.trim()}`);
}
