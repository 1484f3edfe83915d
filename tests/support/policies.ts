import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PolicyRemediationEvent } from "#engine/events.ts";
import type { PolicyPack } from "#engine/policy/pack-files.ts";
import { up } from "#engine/operations/up.ts";
import type { JsonObject } from "#model/value.ts";
import type { ExpRun, ExpStack } from "./exp-stack.ts";
import type { Plan } from "../fixtures/programs/plan.ts";

/** Where the policy packs of tests are. */
export const PACKS = join(import.meta.dirname, "..", "fixtures", "policies");

/** The pack `boxes` with a configuration, which is written into the stack's directory. */
export async function boxesPack(stack: ExpStack, config?: JsonObject): Promise<PolicyPack> {
  const directory = join(PACKS, "boxes");
  if (config === undefined) return { directory };
  const file = join(stack.directory, "policy-config.json");
  await writeFile(file, JSON.stringify(config));
  return { directory, config: file };
}

/** Runs a plan with the pack `boxes`, by `up` unless said otherwise; the calls of its provider are counted anew. */
export async function runJudged(stack: ExpStack, plan: Plan, config?: JsonObject, operation: Parameters<ExpStack["run"]>[0] = up): Promise<ExpRun> {
  await stack.program("plan", { plan: JSON.stringify(plan) });
  stack.world.calls.length = 0;
  return stack.run(operation, { policyPacks: [await boxesPack(stack, config)] });
}

/** `<severity> <resource> <policy>: <message>` of what policies found, in the order of resources. */
export const found = ({ diagnostics }: ExpRun): readonly string[] =>
  diagnostics.flatMap(({ severity, urn = "", message, policy }) => (policy === undefined ? [] : [`${severity} ${urn.split("::").at(-1) ?? ""} ${message.replaceAll("\n", " ")}`])).sort();

/** What policies changed. */
export const changed = ({ events }: ExpRun): readonly PolicyRemediationEvent[] => events.filter((event) => event.event === "policy-remediation");

/** The ids of processes that run a policy pack, started by a process. */
export function packProcesses(parent: number): readonly number[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const isPack = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("pack-main.ts");
      return isPack && readFileSync(`/proc/${pid}/status`, "utf8").includes(`\nPPid:\t${String(parent)}\n`) ? [Number(pid)] : [];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}
