import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { isObject } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { textAt } from "#command/inputs.ts";

/** What a command said, without the last end of line of each. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

/** A command failed: how, which, and what it said, in the order in which it came. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  constructor(how: string, command: string, said: string) {
    super(`${how}: running ${JSON.stringify(command)}:\n${said}`);
  }
}

/** Who sees each line while a command runs. */
export type Log = (line: string) => void;

/** How a process ended; `status` is undefined when a signal ended it. */
export interface Ended extends Said {
  readonly status: number | undefined;
  /** Why it did not even begin, or which signal it was. */
  readonly reason: string;
  /** Both outputs in the order in which they came. */
  readonly all: string;
}

/** Hands the lines of a stream on, as they come. */
function byLine(log: Log): { readonly take: (chunk: Buffer) => void; readonly end: () => void } {
  let open = "";
  return {
    take(chunk) {
      const lines = (open + chunk.toString()).split("\n");
      open = lines.pop() ?? "";
      lines.forEach(log);
    },
    end() {
      if (open !== "") log(open);
    },
  };
}

const trimmed = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString().replace(/\n$/, "");

/** Waits for the end of a process. What comes on stdout before the line `mark`, and that line, belong to no command. */
export async function ended(child: ChildProcess, log: { readonly stdout: Log | undefined; readonly stderr: Log | undefined }, mark?: string): Promise<Ended & { readonly begun: boolean }> {
  const [out, err, all]: [Buffer[], Buffer[], Buffer[]] = [[], [], []];
  const lines = { out: byLine(log.stdout ?? (() => undefined)), err: byLine(log.stderr ?? (() => undefined)) };
  let before: Buffer | undefined = mark === undefined ? undefined : Buffer.alloc(0);
  const take = (chunks: Buffer[], to: typeof lines.out, chunk: Buffer): void => {
    chunks.push(chunk);
    all.push(chunk);
    to.take(chunk);
  };
  child.stdout?.on("data", (chunk: Buffer) => {
    if (before === undefined) {
      take(out, lines.out, chunk);
      return;
    }
    before = Buffer.concat([before, chunk]);
    const at = before.indexOf(`${mark ?? ""}\n`);
    if (at === -1) return;
    const rest = before.subarray(at + (mark ?? "").length + 1);
    before = undefined;
    if (rest.length > 0) take(out, lines.out, rest);
  });
  child.stderr?.on("data", (chunk: Buffer) => { take(err, lines.err, chunk); });
  // A command need not read what it is given.
  child.stdin?.on("error", () => undefined);
  let reason = "";
  child.once("error", ({ message, cause }) => {
    // What was given up says why; what it has begun may hold its outputs open for long.
    reason = typeof cause === "object" && cause !== null && "message" in cause && typeof cause.message === "string" ? cause.message : message;
    child.stdout?.destroy();
    child.stderr?.destroy();
  });
  await once(child, "close").catch(() => undefined);
  lines.out.end();
  lines.err.end();
  if (reason === "" && child.exitCode === null) reason = `signal: ${child.signalCode ?? "unknown"}`;
  return { begun: before === undefined, status: reason === "" ? (child.exitCode ?? undefined) : undefined, reason, stdout: trimmed(out), stderr: trimmed(err), all: Buffer.concat(all).toString() };
}

/** Which outputs of a command its inputs want to be logged. */
export function logOf(inputs: JsonObject, log: Log): { readonly stdout: Log | undefined; readonly stderr: Log | undefined } {
  const logging = textAt(inputs, "logging") ?? "stdoutAndStderr";
  return { stdout: logging.startsWith("stdout") ? log : undefined, stderr: logging.toLowerCase().endsWith("stderr") ? log : undefined };
}

/** The environment that a command is given: what is declared, and what the last one said. */
export function environmentOf(inputs: JsonObject, last: Said): Readonly<Record<string, string>> {
  const declared = inputs["environment"];
  const own = isObject(declared) ? Object.fromEntries(Object.keys(declared).map((key) => [key, textAt(declared, key) ?? ""])) : {};
  if (inputs["addPreviousOutputInEnv"] === false) return own;
  return { ...own, ...(last.stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: last.stdout }), ...(last.stderr === "" ? {} : { PULUMI_COMMAND_STDERR: last.stderr }) };
}
