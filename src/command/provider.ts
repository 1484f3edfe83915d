import { randomBytes } from "node:crypto";
import { canonical, isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { ProviderEvent, ResourceProvider } from "#provider/contract.ts";
import { Failed } from "#provider/failed.ts";
import { differencesOf } from "#command/differences.ts";
import { completed, inputFailures, textAt } from "#command/inputs.ts";
import { runLocally } from "#command/local.ts";
import { carryOut, foreseen, guarded, logTo, opened, runsCommands, tokenOf, wrapped } from "#command/step.ts";

/** Node's timers go no further (setTimeout, 2^31 - 1 ms). */
const LONGEST_MS = 2_147_483_647;

/** Work that is given up after so many seconds; 0: never. */
async function within<T>(seconds: number, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (seconds <= 0) return work(signal);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(`was ended after ${seconds.toString()} s, as its customTimeouts say`)), Math.min(seconds * 1000, LONGEST_MS));
  try {
    return await work(AbortSignal.any([signal, limit.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** What is copied, by its contents, and where to. */
const destined = ({ source = null, remotePath = null }: JsonObject): Json => [isObject(source) ? (source["hash"] ?? source) : source, remotePath];

const hex = (): string => randomBytes(4).toString("hex");

/**
 * The package `@pulumi/command`, version 1.2.1, on this project's own transports: the same inputs, defaults, ids, triggers and
 * environment as its plugin has; host keys are verified, where that one lets any key pass that is not given.
 */
export function makeCommandProvider(report: (event: ProviderEvent) => void): ResourceProvider {
  const run = new AbortController();
  const step = (type: string, urn: string, command: string | undefined, inputs: JsonObject, outputs: JsonObject, seconds: number): Promise<JsonObject> =>
    within(seconds, run.signal, (signal) => carryOut(type, command, inputs, outputs, logTo(report, urn, inputs), signal));
  return {
    configure: () => Promise.resolve(),
    check({ type, news }) {
      const inputs = completed(news);
      return Promise.resolve({ inputs, failures: inputFailures(tokenOf(type), opened(inputs)) });
    },
    diff: ({ type, oldInputs, news }) => Promise.resolve(differencesOf(oldInputs, news, tokenOf(type) !== "command:remote:CopyFile")),
    async create({ urn, type, name, inputs, preview, timeoutSeconds }) {
      const id = runsCommands(type) ? `${name}${hex()}` : hex();
      if (preview) return { id: "", properties: foreseen(type, inputs) };
      return { id, properties: await step(type, urn, textAt(opened(inputs), "create"), inputs, {}, timeoutSeconds) };
    },
    // The machine is not asked: what a command left behind has no name.
    read: ({ id, inputs, properties }) => (properties === undefined ? Promise.reject(new Failed("a command cannot be imported")) : Promise.resolve({ id, inputs: inputs ?? {}, properties })),
    async update({ urn, type, news, olds, preview, timeoutSeconds }) {
      if (preview) return { properties: foreseen(type, news) };
      const [open, before] = [opened(news), opened(olds)];
      const isThere = !runsCommands(type) && canonical(destined(open)) === canonical(destined(before));
      if (isThere) return { properties: news };
      return { properties: await step(type, urn, textAt(open, "update") ?? textAt(open, "create"), news, olds, timeoutSeconds) };
    },
    async delete({ urn, type, olds, oldInputs, id, preview, timeoutSeconds }) {
      const command = textAt(opened(oldInputs), "delete");
      if (preview === true || id === "" || command === undefined || !runsCommands(type)) return undefined;
      await step(type, urn, command, oldInputs, olds, timeoutSeconds);
      return undefined;
    },
    async invoke(token, args) {
      if (token !== "command:local:run") throw new Failed(`@pulumi/command has no function ${token}`);
      const open = opened(args);
      const failures = inputFailures(token, open);
      if (failures.length > 0) return { result: {}, failures };
      const result = await guarded(args, runLocally(textAt(open, "command") ?? "", open, { stdout: "", stderr: "" }, logTo(report, "", args), run.signal));
      return { result: { ...args, ...wrapped(args, result) }, failures: [] };
    },
    cancel() {
      run.abort(new Error("the run was cancelled"));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
