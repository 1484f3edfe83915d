import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { quote, quoteAll } from "#model/quote.ts";
import { ARCHIVE, isObject, SIGNATURE } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { copyOf } from "#provider/archive.ts";
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
    const unread: Error[] = [];
    input().on("error", (error) => { unread.push(error); child.kill(); }).pipe(child.stdin);
    const end = await ended(child, log, mark);
    for (const error of unread) throw error;
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

/** What is copied. */
export interface Source {
  /** What it is called in a folder that is there already; empty for what has no name. */
  readonly name: string;
  /** True for a folder: a tar file of what is in it comes in. */
  readonly isFolder: boolean;
  readonly open: Input;
}

const fileAt = (path: string): Source => ({ name: basename(path), isFolder: false, open: () => createReadStream(path) });

/** What an asset, an archive or a path means. Throws an Error for what has to be fetched from a URL. */
export function sourceOf(source: Json | undefined): Source {
  if (typeof source === "string") return fileAt(source);
  const [path, text] = isObject(source) ? [textAt(source, "path"), textAt(source, "text")] : [];
  if (text !== undefined) return { name: "", isFolder: false, open: () => Readable.from([text]) };
  if (isObject(source) && source[SIGNATURE] === ARCHIVE && (isObject(source["assets"]) || (path !== undefined && statSync(path).isDirectory()))) {
    // Of `folder/` it is what is in it that goes there, as with rsync(1).
    const name = path === undefined || path.endsWith("/") ? "" : basename(path);
    return { name, isFolder: true, open: () => Readable.from(copyOf(source, process.cwd())) };
  }
  if (path !== undefined) return fileAt(path);
  throw new Error("what is at a URL cannot be copied by Steading's own engine; use the Pulumi CLI");
}

/** Writes standard input to `$1`, or into it under the name `$2` where it is a folder. */
const RECEIVE = [
  "to=$1",
  `if test -d "$to"; then if test -n "$2"; then to=$to/$2; else echo "remote path $to is a directory; a text needs the path of a file" >&2; exit 1; fi; fi`,
  `mkdir -p -- "$(dirname -- "$to")" && echo "$3" && exec cat >"$to"`,
].join("; ");

/** Unpacks standard input into the folder `$1`, or into `$2` in it. */
const UNPACK = `to=$1\${2:+/$2}; mkdir -p -- "$to" && echo "$3" && exec tar -x -o -f - -C "$to"`;

/** Copies to another machine; folders on the way are made. Throws an Error when it fails. */
export async function copyThere(source: Source, inputs: JsonObject, signal: AbortSignal): Promise<void> {
  const connection = connectionOf(inputs);
  const to = textAt(inputs, "remotePath") ?? "";
  const mark = randomBytes(16).toString("hex");
  await using door = await openDoor(connection);
  const line = `exec ${quoteAll(["/bin/sh", "-c", source.isFolder ? UNPACK : RECEIVE, "sh", to.startsWith("-") ? `./${to}` : to, source.name, mark])}`;
  const { status, reason, all } = await through(door, limitOf(connection), line, mark, source.open, quiet, signal);
  if (status !== 0) throw new Error(`${to} could not be written: ${status === undefined ? reason : all.trim()}`);
}
