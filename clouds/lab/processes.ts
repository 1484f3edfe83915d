import { readdir, readFile } from "node:fs/promises";
import type { Places } from "./places.ts";

/** Kills a process that may be gone already. */
export function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(typeof error === "object" && error !== null && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Numbers of this machine's processes that run `program`, with an argument that `matches`. */
export async function processesOf(program: RegExp, matches: (argument: string) => boolean): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [file = "", ...args] = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
      return program.test(file) && args.some(matches) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

/**
 * True when nothing of a process is left but its number. One that was killed loses its arguments first, and has its files,
 * interfaces and locks until each of its threads has come to its end (proc_pid_stat(5): state Z or X).
 */
export async function hasEnded(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const stats = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, "utf8").catch(() => "")));
  // The name before the state is in brackets and may hold any.
  return stats.every((stat) => stat === "" || /^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2)));
}

/** Ends this machine's own ssh(1) processes into the guest, shared connections that wait for more use among them. */
export async function endSessions(places: Places): Promise<void> {
  for (const pid of await processesOf(/(^|\/)ssh$/, (argument) => argument === places.key)) end(pid);
}
