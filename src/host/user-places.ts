import { homedir } from "node:os";
import { join } from "node:path";

const placeIn = (variable: string, otherwise: string, names: readonly string[]): string => join(process.env[variable] ?? join(homedir(), otherwise), "steading", ...names);

/** A place in the user's cache (XDG Base Directory Specification). */
export const cachePath = (...names: readonly string[]): string => placeIn("XDG_CACHE_HOME", ".cache", names);

/** A place for what stays between runs, and is in no stack's state (the same). */
export const statePath = (...names: readonly string[]): string => placeIn("XDG_STATE_HOME", ".local/state", names);
