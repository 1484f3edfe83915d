import { resolve } from "node:path";
import { batchSizes } from "#engine/batches.ts";
import { durationSeconds } from "#engine/duration.ts";
import type { RunOptions } from "#engine/operations/run.ts";
import type { PolicyPack } from "#engine/policy/pack-files.ts";
import type { PolicyFlags, RunFlags } from "#cli/stack-options.ts";
import type { WhenUnreachable } from "#model/connection.ts";
import { Issues } from "#model/issue.ts";

/** Node's timers go no further (setTimeout, 2^31 - 1 ms). */
const LONGEST_SECONDS = 2_147_483;

const wrong = (at: string, text: string, fix: string): Issues => new Issues([{ code: "option.invalid", at, path: "", message: `${JSON.stringify(text)} is not understood`, fix }]);

/** What the options of a command mean for the run. Throws `Issues`. */
export function runLimits({ parallel, failFast, batch }: RunFlags): Pick<RunOptions, "parallel" | "failFast" | "batch"> {
  if (parallel !== undefined && !/^[1-9]\d{0,4}$/.test(parallel)) throw wrong("--parallel", parallel, "a number of hosts, for example 8");
  return {
    ...(parallel === undefined ? {} : { parallel: Number(parallel) }),
    ...(failFast === true ? { failFast } : {}),
    ...(batch === undefined ? {} : { batch: batchSizes(batch) }),
  };
}

/** Seconds of `--time-budget`; undefined where it is not given. Throws `Issues`. */
export function timeBudgetSeconds({ timeBudget }: RunFlags): number | undefined {
  if (timeBudget === undefined) return undefined;
  const seconds = durationSeconds(timeBudget, "--time-budget", "");
  if (seconds <= 0 || seconds > LONGEST_SECONDS) throw wrong("--time-budget", timeBudget, "for example 90s, 10m or 1h30m");
  return seconds;
}

/** What `--when-unreachable` says; undefined where it is not given. Throws `Issues`. */
export function unreachableChoice({ whenUnreachable }: RunFlags): WhenUnreachable | undefined {
  if (whenUnreachable === undefined || whenUnreachable === "fail" || whenUnreachable === "forget" || whenUnreachable === "queue") return whenUnreachable;
  throw wrong("--when-unreachable", whenUnreachable, "fail, forget or queue");
}

/** The packs that `--policy-pack` names, with their configurations. Throws `Issues`. */
export function policyPacks({ policyPack = [], policyPackConfig = [] }: PolicyFlags): Pick<RunOptions, "policyPacks"> {
  if (policyPackConfig.length > 0 && policyPackConfig.length !== policyPack.length) {
    const message = `is given ${String(policyPackConfig.length)} times, and --policy-pack ${String(policyPack.length)} times`;
    throw new Issues([{ code: "option.invalid", at: "--policy-pack-config", path: "", message, fix: "one for each --policy-pack, in order; an empty file changes nothing" }]);
  }
  const packs = policyPack.map((directory, index): PolicyPack => {
    const config = policyPackConfig[index];
    return { directory: resolve(directory), ...(config === undefined ? {} : { config: resolve(config) }) };
  });
  return packs.length === 0 ? {} : { policyPacks: packs };
}
