import { readFileSync } from "node:fs";
import { open, readdir, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Issues } from "#model/issue.ts";

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

/** What to do about a file that cannot be written, by the code of the file system's error. */
const REMEDIES: { readonly [code: string]: string } = {
  ENOSPC: "make room on its disk, then run again: the next run finds what was done",
  EDQUOT: "make room in your quota, then run again: the next run finds what was done",
  EROFS: "make its file system writable, then run again: the next run finds what was done",
  EACCES: "give yourself the right to write there",
  EPERM: "give yourself the right to write there",
};

/** The result; an error of the file system becomes `Issues` `file.unwritable`. */
export async function orUnwritable<T>(at: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (typeof error !== "object" || error === null || !("syscall" in error && "message" in error && "code" in error && typeof error.code === "string")) throw error;
    throw new Issues([{ code: "file.unwritable", at, path: "", message: `cannot be written: ${String(error.message)}`, fix: REMEDIES[error.code] ?? "see what keeps it from being written" }]);
  }
}

/**
 * Makes a file as a whole: whenever the process stops, the path holds the old content or the new one. Not flushed: a machine that
 * stops may lose it.
 *
 * @param fill - writes the content to the path that it is given
 */
export async function inOnePiece(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await fill(temporary);
    await rename(temporary, path);
  } catch (error) {
    // Where nothing can be written nothing can be removed either; the first error is the one to tell.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * Replaces a file as a whole: whenever the process or the machine stops, the path holds the old text or the new one. A
 * symlink stays, its target is replaced. Throws `Issues` when it cannot be written. (write a temporary file beside it, fsync,
 * rename(2), fsync the directory)
 *
 * @param mode - permission bits of the new file
 */
export const writeDurably = (path: string, text: string, mode = 0o600): Promise<void> => orUnwritable(path, replaceDurably(path, text, mode));

async function replaceDurably(path: string, text: string, mode: number): Promise<void> {
  const target = (await unlessMissing(realpath(path))) ?? path;
  await inOnePiece(target, async (temporary) => {
    const file = await open(temporary, "w", mode);
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
  });
  const directory = await open(dirname(target), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Removes what killed writers left half-written of files whose paths begin so. Nobody may be writing them. */
export async function removeLeftovers(start: string): Promise<void> {
  const directory = dirname(start);
  const names = (await unlessMissing(readdir(directory))) ?? [];
  const isLeftover = (name: string): boolean => name.startsWith(basename(start)) && name.endsWith(".tmp");
  await orUnwritable(directory, Promise.all(names.filter(isLeftover).map((name) => rm(join(directory, name), { force: true }))));
}
