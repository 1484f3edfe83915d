import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, readlink, rename, rm, writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Issues } from "#model/issue.ts";
import type { JsonObject } from "#model/value.ts";
import { isSystemError, orUnwritable, unlessMissing } from "#engine/durable-write.ts";
import { parseJson, JsonFields } from "#engine/json-fields.ts";

/** A lock that is held. */
export interface Lock {
  /** The file that says so. */
  readonly file: string;
  /** Gives the lock back. Done already is done. */
  readonly release: () => Promise<void>;
}

/** What tells a process from all others of that number. All are as Linux has them; empty where they cannot be read. */
interface ProcessIdentity {
  /** machine-id(5): two machines may have one name. */
  readonly machine: string;
  /** Of the kernel's start. */
  readonly boot: string;
  /** Of process ids. */
  readonly namespace: string;
  /** When the process began, in clock ticks since the kernel's start (proc_pid_stat(5), field 22). */
  readonly started: string;
}

/** Who holds a lock. */
interface Holder {
  readonly file: string;
  readonly pid: number;
  readonly hostname: string;
  /** What only our own locks say. */
  readonly process: ProcessIdentity | undefined;
  /** An empty file: its writer's machine stopped before the text was on the disk. */
  readonly lost: boolean;
  /** In words, for messages. */
  readonly words: string;
}

/** Two that start in the same instant see each other and step back; each then waits a moment of its own. */
const ATTEMPTS = 8;
const LONGEST_WAIT_MS = 120;

const textOf = (path: string): Promise<string> => readFile(path, "utf8").then((text) => text.trim(), () => "");

/** When a process of this machine began; empty when there is none. Its name, in brackets, may hold spaces. */
const startOf = async (pid: number): Promise<string> => /.*\) (?:\S+ ){19}(\S+)/s.exec(await textOf(`/proc/${String(pid)}/stat`))?.[1] ?? "";

/** Of a process of this machine. */
async function identityOf(pid: number): Promise<ProcessIdentity> {
  const [machine, boot, namespace, started] = await Promise.all([
    textOf("/etc/machine-id"),
    textOf("/proc/sys/kernel/random/boot_id"),
    readlink("/proc/self/ns/pid").catch(() => ""),
    startOf(pid),
  ]);
  return { machine, boot, namespace, started };
}

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
  const nobody = { file, pid: 0, hostname: "", process: undefined, lost: text === "", words: `an unreadable lock ${file}` };
  if (nobody.lost) return nobody;
  try {
    const fields = new JsonFields(parseJson(text), file, "");
    const pid = fields.number("pid") ?? 0;
    const host = fields.text("hostname") ?? "";
    const words = `${fields.text("username") ?? "?"}@${host} (pid ${String(pid)}) since ${fields.text("timestamp") ?? "?"}`;
    const namespace = fields.text("namespace");
    const said = (key: string): string => fields.text(key) ?? "";
    const known = namespace === undefined ? undefined : { machine: said("machine"), boot: said("boot"), namespace, started: said("started") };
    return { file, pid, hostname: host, process: known, lost: false, words };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof Issues)) throw error;
    return nobody;
  }
}

const differ = (a: string, b: string): boolean => a !== "" && b !== "" && a !== b;

/** True when the holder was a process of this machine that has ended. In doubt it lives: a stolen lock is worse than a stale one. */
async function hasEnded(holder: Holder): Promise<boolean> {
  if (holder.lost) return true;
  if (holder.pid <= 0 || holder.hostname !== hostname()) return false;
  const here = await identityOf(holder.pid);
  const there = holder.process ?? { machine: "", boot: "", namespace: here.namespace, started: "" };
  if (differ(there.machine, here.machine)) return false;
  // A start of this very machine ends all that ran before.
  if (there.machine !== "" && differ(there.boot, here.boot)) return true;
  if (there.namespace !== here.namespace) return false;
  // Another process has the number now.
  if (differ(there.started, here.started)) return true;
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
    ...(await identityOf(process.pid)),
  };
  await mkdir(directory, { recursive: true });
  const temporary = `${directory}.${basename(file)}.tmp`;
  try {
    await writeFile(temporary, JSON.stringify(content), { mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Removes what those left who were killed before their lock was in its place. */
async function removeHalfLocks(directory: string): Promise<void> {
  const above = dirname(directory);
  const names = (await readdir(above)).filter((name) => name.startsWith(`${basename(directory)}.`) && name.endsWith(".json.tmp"));
  for (const path of names.map((name) => join(above, name))) {
    const holder = await readHolder(path);
    if (holder !== undefined && !holder.lost && (await hasEnded(holder))) await rm(path, { force: true });
  }
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
  // One that cannot be removed is that of an ended process in a moment.
  const release = (): Promise<void> => rm(file, { force: true }).catch(() => undefined);
  let found = await holders(directory, file);
  let rivals = found;
  for (let attempt = 0; attempt < ATTEMPTS && found.length === 0; attempt++) {
    await orUnwritable(directory, claim(directory, file));
    rivals = await holders(directory, file);
    if (rivals.length === 0) {
      await removeHalfLocks(directory);
      return { file, release };
    }
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
