import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, readlink, rename, rm, writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Issues } from "#model/issue.ts";
import type { JsonObject } from "#model/value.ts";
import { isSystemError, unlessMissing } from "#engine/durable-write.ts";
import { parseJson, JsonFields } from "#engine/json-fields.ts";

/** A lock that is held. */
export interface Lock {
  /** The file that says so. */
  readonly file: string;
  /** Gives the lock back. Done already is done. */
  readonly release: () => Promise<void>;
}

/** Who holds a lock. */
interface Holder {
  readonly file: string;
  readonly pid: number;
  readonly hostname: string;
  /** The process-id namespace of the holder; the Pulumi CLI does not say it. */
  readonly namespace: string | undefined;
  /** In words, for messages. */
  readonly words: string;
}

/** Two that start in the same instant see each other and step back; each then waits a moment of its own. */
const ATTEMPTS = 8;
const LONGEST_WAIT_MS = 120;

const namespaceHere = (): Promise<string> => readlink("/proc/self/ns/pid").catch(() => "");

const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in the user database.
    return String(process.getuid?.() ?? "unknown");
  }
};

async function readHolder(file: string): Promise<Holder | undefined> {
  const text = await unlessMissing(readFile(file, "utf8"));
  if (text === undefined) return undefined;
  try {
    const fields = new JsonFields(parseJson(text), file, "");
    const pid = fields.number("pid") ?? 0;
    const host = fields.text("hostname") ?? "";
    const words = `${fields.text("username") ?? "?"}@${host} (pid ${String(pid)}) since ${fields.text("timestamp") ?? "?"}`;
    return { file, pid, hostname: host, namespace: fields.text("namespace"), words };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof Issues)) throw error;
    return { file, pid: 0, hostname: "", namespace: undefined, words: `an unreadable lock ${file}` };
  }
}

/** True when the holder was a process of this machine that has ended. In doubt it lives: a stolen lock is worse than a stale one. */
async function hasEnded(holder: Holder): Promise<boolean> {
  if (holder.pid <= 0 || holder.hostname !== hostname()) return false;
  if (holder.namespace !== undefined && holder.namespace !== (await namespaceHere())) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return isSystemError(error, "ESRCH");
  }
}

/** Lock files in `directory` except `own`. */
async function lockFiles(directory: string, own: string): Promise<readonly string[]> {
  const names = (await unlessMissing(readdir(directory))) ?? [];
  return names.filter((name) => name.endsWith(".json")).map((name) => join(directory, name)).filter((file) => file !== own);
}

/** Those who hold the lock and live; locks of ended processes are removed. */
async function holders(directory: string, own: string): Promise<readonly Holder[]> {
  const living: Holder[] = [];
  for (const file of await lockFiles(directory, own)) {
    const holder = await readHolder(file);
    if (holder === undefined) continue;
    if (await hasEnded(holder)) await rm(file, { force: true });
    else living.push(holder);
  }
  return living;
}

const locked = (stack: string, found: readonly Holder[]): Issues =>
  new Issues(
    found.map(({ words, file }) => ({
      code: "stack.locked",
      at: stack,
      path: "",
      message: `the stack is locked by ${words}`,
      fix: `wait for it to end; if it has ended, remove ${file}`,
    })),
  );

/** Writes the lock file in one piece; the temporary file is outside `directory`, where every file counts as a lock. */
async function claim(directory: string, file: string): Promise<void> {
  const content: JsonObject = {
    pid: process.pid,
    username: userName(),
    hostname: hostname(),
    timestamp: new Date().toISOString(),
    namespace: await namespaceHere(),
  };
  await mkdir(directory, { recursive: true });
  const temporary = `${directory}.${basename(file)}.tmp`;
  await writeFile(temporary, JSON.stringify(content), { mode: 0o600 });
  await rename(temporary, file);
}

/**
 * Takes the lock of a stack by the protocol of Pulumi's file backend, so that both engines mind each other: look for lock
 * files, write one, look again. Throws `Issues` that name the holder.
 *
 * @param directory - `.pulumi/locks/organization/<project>/<stack>`
 * @param stack - how messages name the stack
 */
export async function lockStack(directory: string, stack: string): Promise<Lock> {
  const file = join(directory, `${randomUUID()}.json`);
  const release = (): Promise<void> => rm(file, { force: true });
  let found = await holders(directory, file);
  let rivals = found;
  for (let attempt = 0; attempt < ATTEMPTS && found.length === 0; attempt++) {
    await claim(directory, file);
    rivals = await holders(directory, file);
    if (rivals.length === 0) return { file, release };
    await release();
    await sleep(Math.random() * LONGEST_WAIT_MS);
    found = await holders(directory, file);
  }
  throw locked(stack, found.length > 0 ? found : rivals);
}

/** Removes every lock of a stack, as `pulumi cancel` does. Returns who held them, in words. */
export async function cancelLocks(directory: string): Promise<readonly string[]> {
  const cancelled: string[] = [];
  for (const file of await lockFiles(directory, "")) {
    const holder = await readHolder(file);
    await rm(file, { force: true });
    if (holder !== undefined) cancelled.push(holder.words);
  }
  return cancelled;
}
