import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** One run of a command with all processes that it started. */
export interface TreeRun {
  readonly seconds: number;
  /** Bytes of memory at most; what processes share counts once. */
  readonly peakMemory: number;
}

/** How often the processes are looked at, in milliseconds. */
const EVERY = 100;

/** The parent of each process (proc_pid_stat(5), field 4). */
async function parents(): Promise<ReadonlyMap<number, number>> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map(async (pid) => [Number(pid), (await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")).replace(/^.*\) /s, "").split(" ")[1]] as const));
  return new Map(stats.map(([pid, parent]) => [pid, Number(parent ?? 0)]));
}

/** Bytes of a process and all below it: each its share of what is shared (proc_pid_smaps(5), Pss). */
async function memoryOf(root: number): Promise<number> {
  const parentOf = await parents();
  const isBelow = (pid: number): boolean => pid === root || (pid > 1 && isBelow(parentOf.get(pid) ?? 0));
  const shares = [...parentOf.keys()].filter(isBelow).map(async (pid) => Number(/^Pss:\s+(\d+)/m.exec(await readFile(`/proc/${String(pid)}/smaps_rollup`, "utf8").catch(() => ""))?.[1] ?? 0));
  return 1024 * (await Promise.all(shares)).reduce((sum, kilobytes) => sum + kilobytes, 0);
}

/** Runs a command and watches its processes. Throws an Error with what it said when it fails. */
export async function runTree([file, ...args]: readonly [string, ...string[]], cwd: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<TreeRun> {
  const begun = performance.now();
  const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"], signal });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => said.push(text));
  const over = once(child, "close");
  let peakMemory = 0;
  while (child.exitCode === null && child.signalCode === null) {
    if (child.pid !== undefined) peakMemory = Math.max(peakMemory, await memoryOf(child.pid));
    await Promise.race([over, sleep(EVERY)]);
  }
  await over;
  const seconds = (performance.now() - begun) / 1000;
  if (child.exitCode !== 0) throw new Error(`${file} ${args.join(" ")}: ${said.join("")}`);
  return { seconds, peakMemory };
}
