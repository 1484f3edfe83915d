import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** True for a file that can be run. */
export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The file of a program on a PATH, that of this process unless told; undefined where there is none. */
export const programOnPath = (name: string, path = process.env["PATH"] ?? ""): string | undefined =>
  path.split(delimiter).filter((directory) => directory !== "").map((directory) => join(directory, name)).find(isProgram);
