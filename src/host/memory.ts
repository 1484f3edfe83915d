import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";

/** f_type of tmpfs (statfs(2)). */
const TMPFS = 0x01021994;

function isMemory(directory: string): boolean {
  try {
    return statfsSync(directory).type === TMPFS;
  } catch {
    return false;
  }
}

/** A folder in memory, where the system has one: what is made of secrets lies there for a moment. Else that of temporary files. */
export const memoryDirectory = (): string => [process.env["XDG_RUNTIME_DIR"], "/dev/shm"].find((directory) => directory !== undefined && isMemory(directory)) ?? tmpdir();
