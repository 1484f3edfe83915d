import { appendFileSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isProcess } from "#host/running.ts";

/** Names the processes that work in the folder of a run. */
const PIDS = "pids";

/** Says that a process works in a folder: as long as it lives, nobody takes that away. */
export const noteProcess = (directory: string, pid: number): void => { appendFileSync(join(directory, PIDS), `${pid.toString()}\n`, { mode: 0o600 }); };

/** Whether a folder is one of a run that was killed, and no process of it is there any more. */
export async function isLeft(directory: string): Promise<boolean> {
  const pids = (await readFile(join(directory, PIDS), "utf8").catch(() => "")).split("\n").filter((line) => line !== "").map(Number);
  return pids.length > 0 && !pids.some(isProcess);
}

/** Takes away the folders that killed runs left, of those whose names begin so. */
export async function sweep(parent: string, prefix: string): Promise<void> {
  for (const name of (await readdir(parent)).filter((one) => one.startsWith(prefix))) if (await isLeft(join(parent, name))) await rm(join(parent, name), { recursive: true, force: true });
}
