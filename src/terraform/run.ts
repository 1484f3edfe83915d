import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { appendFile, mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cachePath } from "#host/cache.ts";
import { diagnosticText, parseTofuEvent } from "#terraform/events.ts";
import type { Diagnostic, TofuEvent } from "#terraform/events.ts";
import type { Workspace } from "#terraform/workspace.ts";

/** What a command of OpenTofu came to. */
export interface TofuRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly errors: readonly Diagnostic[];
  /** What it says is wrong, as text; empty where nothing is. */
  readonly said: string;
}

/** Runs commands of OpenTofu in a workspace. */
export type Tofu = (argv: readonly string[], options?: { readonly input?: string; readonly onEvent?: (event: TofuEvent) => void; readonly signal?: AbortSignal; readonly into?: string }) => Promise<TofuRun>;

/** What would lead OpenTofu to another state, other options or another encryption than those that it is given. */
const FOREIGN = ["TF_DATA_DIR", "TF_WORKSPACE", "TF_ENCRYPTION", "TF_LOG_PATH", ...Object.keys(process.env).filter((name) => name.startsWith("TF_CLI_ARGS"))];

/** How often what it prints is looked at, in milliseconds. */
const GLANCE = 200;

async function environment({ cliConfig }: Workspace): Promise<{ readonly [name: string]: string | undefined }> {
  const cache = process.env["TF_PLUGIN_CACHE_DIR"] ?? cachePath("terraform-providers");
  await mkdir(cache, { recursive: true });
  return {
    ...Object.fromEntries(FOREIGN.map((name) => [name, undefined])),
    TF_IN_AUTOMATION: "1",
    TF_INPUT: "0",
    CHECKPOINT_DISABLE: "1",
    TF_PLUGIN_CACHE_DIR: cache,
    ...(cliConfig === undefined ? {} : { TF_CLI_CONFIG_FILE: cliConfig }),
  };
}

/** Reads what is new in a file, line by line. */
function follower(file: string, onLine: (line: string) => void): () => Promise<void> {
  let at = 0;
  let rest = "";
  return async () => {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - at), 0, size - at, at);
      // A character that is cut in two is read with the next ones.
      const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
      at += end;
      const lines = `${rest}${buffer.subarray(0, end).toString()}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    } finally {
      await handle.close();
    }
  };
}

/**
 * OpenTofu in a workspace. It prints into files and is in a session of its own: Ctrl-C reaches it once, through `signal`, and it
 * ends in order; when this process is killed it goes on to its end, and what it made is in the state's file. It is never
 * killed: what it was making would be lost.
 */
export function tofuIn(program: string, place: Workspace): Tofu {
  let count = 0;
  return async (argv, { input = "", onEvent, signal = new AbortController().signal, into } = {}) => {
    const file = into ?? join(place.directory, `output-${(count++).toString()}`);
    const [out, err] = [openSync(file, "w", 0o600), openSync(`${file}.err`, "w", 0o600)];
    const errors: Diagnostic[] = [];
    const glance = follower(file, (line) => {
      const event = parseTofuEvent(line);
      if (event?.event === "diagnostic" && event.diagnostic.severity === "error") errors.push(event.diagnostic);
      if (event !== undefined) onEvent?.(event);
    });
    try {
      const env = { ...process.env, ...(await environment(place)) };
      const child = spawn(program, argv, { cwd: join(place.directory, "configuration"), env, stdio: ["pipe", out, err], detached: true });
      const ended = new Promise<number>((resolve, reject) => child.once("error", reject).once("exit", (code) => { resolve(code ?? 255); }));
      const interrupt = (): void => void child.kill("SIGINT");
      signal.addEventListener("abort", interrupt);
      if (signal.aborted) interrupt();
      const timer = setInterval(() => { glance().catch(() => undefined); }, GLANCE);
      // One that ends early reads no more.
      child.stdin?.on("error", () => undefined).end(input);
      await appendFile(join(place.directory, "pids"), `${String(child.pid ?? process.pid)}\n`);
      const exitCode = await ended.finally(() => {
        clearInterval(timer);
        signal.removeEventListener("abort", interrupt);
      });
      await glance();
      const stderr = (await readFile(`${file}.err`, "utf8")).trim();
      const told = errors.length > 0 ? errors.map(diagnosticText) : exitCode === 0 ? [] : [stderr || `it ended with ${exitCode.toString()}`];
      return { exitCode, stdout: await readFile(file, "utf8"), errors, said: told.join("\n") };
    } finally {
      closeSync(out);
      closeSync(err);
    }
  };
}
