import { readFileSync } from "node:fs";
import { open, realpath, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** True for an error of the file system with this code, for example `ENOENT`. */
export const isSystemError = (error: unknown, code: string): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === code;

/** The result, or undefined when the file is not there. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** The text of a small file, at once; undefined when it is not there. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

/** The name that a half-written file has: the final name, the writer's process id, `.tmp`. */
export const temporaryName = (path: string): string => `${path}.${String(process.pid)}.tmp`;

/**
 * Replaces a file as a whole: whenever the process or the machine stops, the path holds the old text or the new one. A
 * symlink stays, its target is replaced. (write a temporary file beside it, fsync, rename(2), fsync the directory)
 *
 * @param mode - permission bits of the new file
 */
export async function writeDurably(path: string, text: string, mode = 0o600): Promise<void> {
  const target = (await unlessMissing(realpath(path))) ?? path;
  const temporary = temporaryName(target);
  try {
    const file = await open(temporary, "w", mode);
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const directory = await open(dirname(target), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
