import { spawn } from "node:child_process";
import { mkdir, open, readFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { noteProcess } from "#host/run-folder.ts";
import { cachePath } from "#host/user-places.ts";
import { diagnosticText, parseTofuEvent } from "#terraform/events.ts";
import type { Diagnostic, TofuEvent } from "#terraform/events.ts";
import type { Workspace } from "#terraform/workspace.ts";

/** What a command of OpenTofu came to. */
export interface TofuRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
  /** What it says is wrong, as text; empty where nothing is. */
  readonly said: string;
}

/** How a command is run. */
export interface TofuOptions {
  /** What it reads. @defaultValue nothing */
  readonly input?: string;
  readonly onEvent?: (event: TofuEvent) => void;
  /** Its process began, and prints into that file. */
  readonly onStart?: (pid: number, output: string) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** Runs commands of OpenTofu in a workspace. */
export type Tofu = (argv: readonly string[], options?: TofuOptions) => Promise<TofuRun>;

/** What would lead OpenTofu to another state, other options or another encryption than those that it is given. */
const FOREIGN = ["TF_DATA_DIR", "TF_WORKSPACE", "TF_ENCRYPTION", "TF_LOG_PATH", ...Object.keys(process.env).filter((name) => name.startsWith("TF_CLI_ARGS"))];

/** How often what it prints is looked at, in milliseconds. */
const GLANCE = 200;

async function environment({ cliConfig, configuration }: Workspace): Promise<{ readonly [name: string]: string | undefined }> {
  const cache = process.env["TF_PLUGIN_CACHE_DIR"] ?? cachePath("terraform-providers");
  await mkdir(cache, { recursive: true });
  return {
    ...Object.fromEntries(FOREIGN.map((name) => [name, undefined])),
    // Go takes it for the folder that it is in, where it leads to that (os.Getwd).
    PWD: configuration,
    TF_IN_AUTOMATION: "1",
    TF_INPUT: "0",
    CHECKPOINT_DISABLE: "1",
    TF_PLUGIN_CACHE_DIR: cache,
    ...(cliConfig === undefined ? {} : { TF_CLI_CONFIG_FILE: cliConfig }),
  };
}

/** Reads what is new in a file, line by line. It stays open: whoever takes the file away takes nothing from here. */
function follower(file: FileHandle, onLine: (line: string) => void): () => Promise<void> {
  let at = 0;
  const readOn = async (): Promise<void> => {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - at), 0, size - at, at);
    // A line that is not whole yet is read with the next ones.
    const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    at += end;
    for (const line of buffer.subarray(0, end).toString().split("\n")) if (line !== "") onLine(line);
  };
  let reading = Promise.resolve();
  // One after the other: two would read the same.
  return () => (reading = reading.catch(() => undefined).then(readOn));
}

/**
 * OpenTofu in a workspace. It prints into files and is in a session of its own: Ctrl-C reaches it once, through `signal`, and it
 * ends in order; when this process is killed it goes on to its end, and what it made is in the state's file. It is never
 * killed: what it was making would be lost.
 */
export function tofuIn(program: string, place: Workspace): Tofu {
  let count = 0;
  return async (argv, { input = "", onEvent, onStart, signal = new AbortController().signal } = {}) => {
    const file = join(place.directory, `output-${(count++).toString()}`);
    const [out, err] = [await open(file, "w+", 0o600), await open(`${file}.err`, "w", 0o600)];
    const found: { readonly [S in Diagnostic["severity"]]: Diagnostic[] } = { error: [], warning: [] };
    const glance = follower(out, (line) => {
      const event = parseTofuEvent(line);
      if (event?.event === "diagnostic") found[event.diagnostic.severity].push(event.diagnostic);
      if (event !== undefined) onEvent?.(event);
    });
    try {
      const env = { ...process.env, ...(await environment(place)) };
      const child = spawn(program, argv, { cwd: join(place.directory, "configuration"), env, stdio: ["pipe", out.fd, err.fd], detached: true });
      const ended = new Promise<number>((resolve, reject) => child.once("error", reject).once("exit", (code) => { resolve(code ?? 255); }));
      const interrupt = (): void => void child.kill("SIGINT");
      signal.addEventListener("abort", interrupt);
      if (signal.aborted) interrupt();
      const timer = setInterval(() => { glance().catch(() => undefined); }, GLANCE);
      // One that ends early reads no more.
      child.stdin?.on("error", () => undefined).end(input);
      noteProcess(place.directory, child.pid ?? process.pid);
      if (child.pid !== undefined) await onStart?.(child.pid, file);
      const exitCode = await ended.finally(() => {
        clearInterval(timer);
        signal.removeEventListener("abort", interrupt);
      });
      await glance();
      const stderr = (await readFile(`${file}.err`, "utf8")).trim();
      const { error: errors, warning: warnings } = found;
      const told = errors.length > 0 ? errors.map(diagnosticText) : exitCode === 0 ? [] : [stderr || `it ended with ${exitCode.toString()}`];
      return { exitCode, stdout: await readFile(file, "utf8"), errors, warnings, said: told.join("\n") };
    } finally {
      await Promise.all([out.close(), err.close()]);
    }
  };
}
