import { homedir } from "node:os";
import { join } from "node:path";

/** A place in the user's cache (XDG Base Directory Specification). */
export const cachePath = (...names: readonly string[]): string => join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "steading", ...names);
