import { join } from "node:path";
import { execa } from "execa";
import { Issues } from "#model/issue.ts";
import type { PackFiles } from "#engine/policy/pack-files.ts";

/** How long a pack may take until it listens. */
const START_SECONDS = 60;
/** Lines of a pack's output that are kept for an error. */
const KEPT = 30;

/** Variables with which a stack's secrets are opened: no pack needs them. */
const withoutPassphrase = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("PULUMI_CONFIG_PASSPHRASE")));

/** A policy pack that listens. */
export interface PackProcess {
  /** On 127.0.0.1. */
  readonly port: number;
  /** How it ended and what it said last, in words; undefined while it runs. */
  readonly end: () => string | undefined;
  /** Ends it; resolves when it is gone. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a policy pack in a process of its own, which ends with this one, however that ends. Throws `Issues` when it does not listen.
 *
 * @param settings - variables for its SDK
 * @param say - told of each line that it prints
 */
export async function startPack({ directory, entry, nodeArguments }: PackFiles, settings: { readonly [name: string]: string }, say: (line: string) => void): Promise<PackProcess> {
  const quiet = ["--disable-warning=ExperimentalWarning", "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"];
  const child = execa(process.execPath, [...quiet, ...nodeArguments, join(import.meta.dirname, "pack-main.ts"), entry], {
    cwd: directory,
    env: withoutPassphrase(process.env),
    extendEnv: false,
    reject: false,
    stdin: "pipe",
    buffer: false,
    lines: true,
  });
  // A pack that is gone already says why by itself.
  child.stdin.on("error", () => undefined);
  // Stdin stays open: it is the pack's lifeline.
  child.stdin.write(`${JSON.stringify(settings)}\n`);
  const said: string[] = [];
  const port = Promise.withResolvers<string>();
  const hear = async (from: "stdout" | "stderr"): Promise<void> => {
    let waits = from === "stdout";
    for await (const line of child.iterable({ from })) {
      if (waits) port.resolve(line);
      else {
        said.push(line);
        if (said.length > KEPT) said.shift();
        say(line);
      }
      waits = false;
    }
  };
  let ended: string | undefined;
  const over = Promise.allSettled([hear("stdout"), hear("stderr"), child]).then(async () => {
    const { exitCode, signal, shortMessage } = await child;
    const how = exitCode !== undefined ? `with exit status ${String(exitCode)}` : signal !== undefined ? `by ${signal}` : (shortMessage ?? "");
    ended = [`it ended ${how}`, ...said].join("\n");
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await over;
  };
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), START_SECONDS * 1000);
  const first = await Promise.race([port.promise, over, late.promise]);
  clearTimeout(timer);
  if (first !== undefined && /^\d+$/.test(first)) return { port: Number(first), end: () => ended, stop };
  const isRunning = ended === undefined;
  await stop();
  const why = first !== undefined ? `its first line is ${JSON.stringify(first)}, not the port: a pack may print only once it serves` : isRunning ? `it does not listen after ${String(START_SECONDS)} seconds` : (ended ?? "");
  throw new Issues([{ code: "policy.start", at: directory, path: "", message: `the policy pack did not start: ${why}`, fix: "mend it; it must make a PolicyPack of @pulumi/policy, and its dependencies must be installed" }]);
}
