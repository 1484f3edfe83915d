import { execa } from "execa";
import { appendFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Target } from "../target.ts";
import { secondsOf } from "../target.ts";
import type { Things } from "../things.ts";

/** A tool that makes things on a target. */
export interface Tool {
  readonly version: string;
  /** Writes what it needs for these things into a directory. A new directory knows nothing of the machine. */
  readonly prepare: (target: Target, things: Things, directory: string) => Promise<Task>;
}

/** A tool with its work before it. */
export interface Task {
  /** Makes the things as they shall be, as a whole process, and returns its seconds. Throws when it fails. */
  readonly up: () => Promise<number>;
  /** Ends connections that it left open. */
  readonly cool: () => Promise<void>;
}

/** How long one run may take, in seconds. */
const LIMIT = 1500;

/** Runs a program to its end and returns the seconds. What it says is kept in `log` of its directory. Throws when it fails. */
export async function timed(argv: readonly [string, ...string[]], cwd: string, env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<number> {
  const [file, ...args] = argv;
  let said = "";
  try {
    return await secondsOf(async () => {
      const { all } = await execa(file, args, { cwd, env, stdin: "ignore", all: true, timeout: LIMIT * 1000, cancelSignal: signal });
      said = all;
    });
  } catch (error) {
    said = error instanceof Error ? error.message : String(error);
    throw new Error(`${file} failed: ${said.split("\n").slice(-12).join("\n")}`, { cause: error });
  } finally {
    await appendFile(join(cwd, "log"), `${said}\n`);
  }
}

/** Ends the shared ssh connections whose sockets are in a directory. */
export async function endConnections(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((one) => one.isSocket()))
    await execa("ssh", ["-o", `ControlPath=${join(directory, entry.name)}`, "-O", "exit", "--", "any"], { reject: false });
}
