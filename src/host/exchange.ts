import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
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

/** What says that sudo has let us in. */
const READY = "steading-ready";

/** What sudo asks for its password with. */
const PROMPT = "steading-password:";

/** How long sudo may take to let somebody in, before it is told that there is no more to come. */
const SUDO_MS = 60_000;

/** How a process that runs LOADER is started, and what its failure to start means. */
export interface Starter {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** Written before the script, which only follows once sudo has let us in: what it took for another password would count as another try (pam_faillock(8)). */
  readonly password?: string;
  /** From the stderr of a process that never ran the script to the fault. */
  readonly refusal: (stderr: string, exitCode: number) => Fault;
}

/** Runs one script through a starter. */
export async function runThrough(starter: Starter, script: string, onLine?: (line: string) => void): Promise<Answer> {
  const started = randomBytes(16).toString("hex");
  const [file, ...args] = starter.argv;
  const child = spawn(file, args, { stdio: "pipe" });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  if (onLine) child.stdout.on("data", lines(onLine));
  // The process may end before it has read all; its exit status says why.
  child.stdin.on("error", () => undefined);
  const send = (): void => void child.stdin.end(`${MARK}\nLC_ALL=C PATH=${PATH}; export LC_ALL PATH; echo ${started}\n${script}`);
  if (starter.password === undefined) send();
  else sendAfter(starter.password, child, send);
  const failure = await new Promise<string>((resolve) => {
    child.once("error", ({ message }) => { resolve(message); });
    child.once("close", () => { resolve(""); });
  });
  const stdout = Buffer.concat(out);
  const head = Buffer.from(`${started}\n`);
  const stderr = Buffer.concat(err).toString().replaceAll(PROMPT, "");
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

/** Sends sudo its password, once, and the script when it has let us in. */
function sendAfter(password: string, child: ChildProcessWithoutNullStreams, send: () => void): void {
  child.stdin.write(`${password}\n`);
  let [out, err] = ["", ""];
  const late = setTimeout(() => child.stdin.end(), SUDO_MS).unref();
  child.once("close", () => { clearTimeout(late); });
  const onOut = (chunk: Buffer): void => {
    out += chunk.toString();
    if (!out.includes(`${READY}\n`)) return;
    child.stdout.off("data", onOut);
    clearTimeout(late);
    send();
  };
  child.stdout.on("data", onOut);
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
    if (err.split(PROMPT).length > 2) child.stdin.end();
  });
}

/** The fault of a host where sudo said no. */
export function sudoRefusal(host: string, stderr: string, password?: string): Fault {
  const said = stderr.trim().replaceAll(/\.?(\n|$)/g, "$1");
  const mend = password === undefined ? "Give the connection a sudoPassword, or allow the user to run sudo without one." : "See that its sudoPassword is right, and that the user may run sudo.";
  return new Fault("host.refused", { host, hostState: "untouched", detail: { reason: stderr.trim(), mend }, message: `${host}: sudo refused: ${said}. ${mend}` });
}

/** The command line that runs LOADER as root through sudo. */
export const sudoCommand = (password: string | undefined): readonly [string, ...string[]] =>
  password === undefined ? [...sudoArgv, "/bin/sh", "-c", LOADER] : ["sudo", "-k", "-S", "-p", PROMPT, "--", "/bin/sh", "-c", `echo ${READY}; ${LOADER}`];

/** argv that continues as root through sudo, where it asks for no password. */
export const sudoArgv: readonly [string, ...string[]] = ["sudo", "-n", "--"];
