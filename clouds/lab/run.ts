import { access } from "node:fs/promises";
import { execa } from "execa";
import { Fault } from "#model/fault.ts";

/** How a tool of this machine is called. */
export interface RunOptions {
  readonly input?: string;
  readonly signal?: AbortSignal;
}

/** Runs a tool of the controlling machine; its output, or a Fault `cloud.failed` that names the command and its last lines. */
export async function tool(machine: string, argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<string> {
  const [file, ...args] = argv;
  const result = await execa(file, args, {
    reject: false,
    all: true,
    stdin: options.input === undefined ? "ignore" : "pipe",
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    // unshare(1) waits out the gentler signals.
    killSignal: "SIGKILL",
    env: { LC_ALL: "C" },
  });
  if (!result.failed) return result.stdout;
  options.signal?.throwIfAborted();
  const said = result.all.trim().split("\n").slice(-8).join("\n");
  throw failure(machine, `${argv.join(" ")}: ${said === "" ? (result.originalMessage ?? `exit ${String(result.exitCode)}`) : said}`);
}

/** Before a command that takes long: the kernel ends it with the process that started it, however that ends (prctl(2)). */
export const mortal = ["setpriv", "--pdeathsig", "KILL"] as const;

/** The fault of the lab clouds. */
export const failure = (machine: string, reason: string): Fault<"cloud.failed"> =>
  new Fault("cloud.failed", {
    message: `lab machine ${machine}: ${reason}`,
    detail: { cloud: "lab", reason },
    host: machine,
    hostState: "unknown",
  });

/** sd_booted(3): systemd is this machine's init. */
export const underSystemd = (): Promise<boolean> => access("/run/systemd/system").then(() => true, () => false);
