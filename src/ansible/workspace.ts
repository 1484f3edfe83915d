import { appendFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { memoryDirectory } from "#host/memory.ts";

/** Where a run of Ansible has its plugins and its temporary files; in memory where the system has such a place. */
export interface Workspace {
  readonly directory: string;
  /** A program that prints the first line of its standard input. */
  readonly vaultProgram: string;
}

/** Each sort in a folder of its own: Ansible takes all that is in one for the same sort. */
const PLUGINS = { "steading_inventory.py": "inventory", "steading_lines.py": "callback", "steading_connection.py": "modules", "steading_untold.py": "modules", "steading_vault.py": "modules" } as const;

const PREFIX = "steading-ansible-";

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Takes away what killed runs left, where no process of theirs is there any more. */
async function sweep(parent: string): Promise<void> {
  for (const name of (await readdir(parent)).filter((one) => one.startsWith(PREFIX))) {
    const pids = (await readFile(join(parent, name, "pids"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "").map(Number);
    if (pids.length > 0 && !pids.some(isAlive)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** Says that a process works in there: as long as it lives, nobody takes it away. */
export const noteProcess = ({ directory }: Workspace, pid: number): void => { appendFileSync(join(directory, "pids"), `${pid.toString()}\n`); };

/** Makes the folder of one run, for this user only, and takes it away in the end. */
export async function withWorkspace<T>(use: (place: Workspace) => Promise<T>): Promise<T> {
  const parent = memoryDirectory();
  await sweep(parent);
  const directory = await mkdtemp(join(parent, PREFIX));
  try {
    const place = { directory, vaultProgram: join(directory, "vault-password") };
    noteProcess(place, process.pid);
    for (const [file, folder] of Object.entries(PLUGINS)) {
      await mkdir(join(directory, folder), { recursive: true });
      await copyFile(fileURLToPath(new URL(file, import.meta.url)), join(directory, folder, file));
    }
    await writeFile(place.vaultProgram, '#!/bin/sh\nIFS= read -r line; printf "%s\\n" "$line"\n', { mode: 0o700 });
    return await use(place);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
