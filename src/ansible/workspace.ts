import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { memoryDirectory } from "#host/memory.ts";
import { noteProcess, sweep } from "#host/run-folder.ts";

/** Where a run of Ansible has its plugins and its temporary files; in memory where the system has such a place. */
export interface Workspace {
  readonly directory: string;
  /** A program that prints the first line of its standard input. */
  readonly vaultProgram: string;
}

/** Each sort in a folder of its own: Ansible takes all that is in one for the same sort. */
const PLUGINS = { "steading_inventory.py": "inventory", "steading_lines.py": "callback", "steading_connection.py": "modules", "steading_untold.py": "modules", "steading_vault.py": "modules" } as const;

const PREFIX = "steading-ansible-";

/** Makes the folder of one run, for this user only, and takes it away in the end. */
export async function withWorkspace<T>(use: (place: Workspace) => Promise<T>): Promise<T> {
  const parent = memoryDirectory();
  await sweep(parent, PREFIX);
  const directory = await mkdtemp(join(parent, PREFIX));
  try {
    const place = { directory, vaultProgram: join(directory, "vault-password") };
    noteProcess(directory, process.pid);
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
