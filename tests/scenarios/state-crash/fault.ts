import { existsSync, writeFileSync } from "node:fs";
import files from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { isObject } from "#model/value.ts";

/**
 * Loaded before the command (`--import`): counts what it does to files below a directory, and lets one of these operations go
 * wrong. The environment says how: `FAULT_BELOW` the directory, `FAULT_AT` the operation, counted from 1, `FAULT` what happens
 * there: `kill` (SIGKILL instead of it), `half` (SIGKILL in the middle of a write), `ENOSPC` or `EROFS` (from there on, until the
 * process ends), `none`. The operations that were done go to the file `FAULT_LOG`, one per line, as they happen.
 */
const { FAULT_BELOW: below = "", FAULT: fault = "none", FAULT_AT: at = "0", FAULT_LOG: log = "" } = process.env;
let count = 0;

type Call = (...args: readonly unknown[]) => Promise<unknown>;

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** What happens in place of an operation; resolves when it may go on. `half` does a part of it. */
async function before(name: string, path: string, half: () => Promise<unknown>): Promise<void> {
  count += 1;
  if (log !== "") writeFileSync(log, `${String(count)} ${name} ${path}\n`, { flag: existsSync(log) ? "a" : "w" });
  if (fault === "none" || count < Number(at)) return;
  if (fault === "half") await half();
  if (fault === "half" || fault === "kill") process.kill(process.pid, "SIGKILL");
  else await half();
  throw Object.assign(new Error(`${fault}: injected, ${name}`), { code: fault, syscall: name, path });
}

const real = (target: object, name: string): Call => {
  const found: unknown = Reflect.get(target, name);
  if (typeof found !== "function") throw new Error(`there is no ${name}`);
  return async (...args) => Reflect.apply(found, target, args) as unknown;
};

const nothing = (): Promise<void> => Promise.resolve();

/** Replaces a function of node:fs/promises that changes something at the path that is its first argument. */
function watch(name: "rename" | "copyFile" | "mkdir" | "rm" | "writeFile"): void {
  const call = real(files, name);
  Reflect.set(files, name, async (...args: readonly unknown[]) => {
    const path = textOf(args[name === "copyFile" ? 1 : 0]);
    const content = textOf(args[1]);
    // Removing needs no space.
    if (path.startsWith(below) && !(name === "rm" && fault === "ENOSPC"))
      await before(name, path, name === "writeFile" ? () => call(path, content.slice(0, content.length / 2), args[2]) : nothing);
    return call(...args);
  });
}

/** The same for what is done through an open file. */
function watchHandle(handle: object, path: string): void {
  for (const name of ["writeFile", "datasync", "sync"] as const) {
    const call = real(handle, name);
    Reflect.set(handle, name, async (...args: readonly unknown[]) => {
      const content = textOf(args[0]);
      await before(`handle.${name}`, path, name === "writeFile" ? () => call(content.slice(0, content.length / 2)) : nothing);
      return call(...args);
    });
  }
}

const open = real(files, "open");
Reflect.set(files, "open", async (...args: readonly unknown[]) => {
  const path = textOf(args[0]);
  if (!path.startsWith(below)) return open(...args);
  if (textOf(args[1]).startsWith("w")) await before("open", path, nothing);
  const handle = await open(...args);
  if (isObject(handle) || typeof handle === "object") watchHandle(handle ?? {}, path);
  return handle;
});
for (const name of ["rename", "copyFile", "mkdir", "rm", "writeFile"] as const) watch(name);
syncBuiltinESMExports();
