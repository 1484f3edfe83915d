import { readFile } from "node:fs/promises";

const textOf = (path: string): Promise<string> => readFile(path, "utf8").then((text) => text.trim(), () => "");

/** Whether there is a process of this number; one of another user is one too. */
export const isProcess = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

/** A process of this machine, as no later one is: which start of the machine, its number, its own start. Only the number where a system has no `/proc`; empty for one that ended. */
export async function processMark(pid: number): Promise<string> {
  // Its name, in brackets, may hold spaces (proc_pid_stat(5)).
  const [, state = "", started = ""] = /.*\) (\S) (?:\S+ ){18}(\S+)/s.exec(await textOf(`/proc/${pid.toString()}/stat`)) ?? [];
  // One that ended, and nobody asked how.
  return state === "Z" ? "" : `${await textOf("/proc/sys/kernel/random/boot_id")} ${pid.toString()} ${started}`;
}

/** The number in a mark; 0 for none. */
export const pidOf = (mark: string): number => Number(/ (\d+) /.exec(mark)?.[1] ?? 0);

/** Whether the process that a mark is of still runs. */
export async function isRunning(mark: string): Promise<boolean> {
  const pid = pidOf(mark);
  return pid > 0 && isProcess(pid) && (await processMark(pid)) === mark;
}
