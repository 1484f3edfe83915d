import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { Fault } from "#model/fault.ts";
import type { Answer } from "#model/transport.ts";

/** Marks where the script begins on stdin: lines before it (a password that sudo did not ask for) are dropped. */
const MARK = "#steading";

/** Where root's commands are (login.defs(5), ENV_SUPATH): whoever logs in, and whatever PATH a tree is entered with. */
export const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Run by sh on the host: reads the whole script from stdin, then runs it. Constant, and free of single quotes and
 * backslashes, so that every login shell (sh, bash, zsh, fish, csh) hands it on unchanged.
 */
export const LOADER = `PATH=${PATH}; export PATH; while IFS= read -r l; do test "$l" = "${MARK}" && break; done; eval "$(cat)"`;

/** How a process that runs LOADER is started, and what its failure to start means. */
export interface Starter {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** Written before the script: sudo's password. */
  readonly password?: string;
  /** From the stderr of a process that never ran the script to the fault. */
  readonly refusal: (stderr: string, exitCode: number) => Fault;
}

/** Runs one script through a starter. */
export async function runThrough(starter: Starter, script: string, onLine?: (line: string) => void): Promise<Answer> {
  const started = randomBytes(16).toString("hex");
  const [file, ...args] = starter.argv;
  const password = starter.password === undefined ? "" : `${starter.password}\n`;
  const child = spawn(file, args, { stdio: "pipe" });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  if (onLine) child.stdout.on("data", lines(onLine));
  // The process may end before it has read all; its exit status says why.
  child.stdin.on("error", () => undefined);
  child.stdin.end(`${password}${MARK}\nLC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH; echo ${started}\n${script}`);
  const failure = await new Promise<string>((resolve) => {
    child.once("error", ({ message }) => { resolve(message); });
    child.once("close", () => { resolve(""); });
  });
  const stdout = Buffer.concat(out);
  const head = Buffer.from(`${started}\n`);
  const stderr = Buffer.concat(err).toString();
  const exitCode = child.exitCode ?? 255;
  const at = stdout.indexOf(head);
  if (at === -1) throw starter.refusal(stderr === "" ? failure : stderr, exitCode);
  return { stdout: stdout.subarray(at + head.length), stderr, exitCode };
}

/** Splits a stream of chunks into lines. */
function lines(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest = "";
  return (chunk) => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) onLine(line);
  };
}

/** The fault of a host where sudo said no. */
export const sudoRefusal = (host: string, stderr: string): Fault =>
  new Fault("host.refused", {
    host,
    hostState: "untouched",
    detail: { reason: stderr.trim() },
    message: `${host}: sudo refused: ${stderr.trim()}. Give the connection a sudoPassword, or allow the user to run sudo without one.`,
  });

/** argv that continues as root through sudo. */
export const sudoArgv = (password: string | undefined): readonly string[] =>
  password === undefined ? ["sudo", "-n", "--"] : ["sudo", "-k", "-S", "-p", "", "--"];
