import { createHash } from "node:crypto";
import type { FileState } from "#facts/files.ts";

/** Nothing at a path. */
export const absent: FileState = { type: "absent" };

/** What the fact `files` answers about a root-owned file with this text. */
export const textFile = (text: string, mode = "0644"): FileState => ({
  type: "file",
  mode,
  owner: "root",
  group: "root",
  size: Buffer.byteLength(text),
  digest: createHash("sha256").update(text).digest("hex"),
});

/** What the fact `files` answers about a root-owned directory. */
export const folder = (mode = "0755"): FileState => ({ type: "directory", mode, owner: "root", group: "root" });

/** What the fact `files` answers about a symbolic link. */
export const link = (target: string): FileState => ({ type: "symlink", mode: "0777", owner: "root", group: "root", target });
