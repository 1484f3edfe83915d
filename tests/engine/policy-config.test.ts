import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jest } from "@jest/globals";
import { preview } from "#engine/operations/preview.ts";
import { reconcile } from "#engine/policy/pack-config.ts";
import type { JsonObject } from "#model/value.ts";
import { expStack } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import { found, PACKS, runJudged } from "../support/policies.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());
// Each run starts Node once or twice more.
jest.setTimeout(120_000);

const judge = (size: string, config: JsonObject): Promise<ExpRun> => runJudged(stack, { boxes: [{ name: "a", args: { size } }] }, config, preview);
const issues = ({ diagnostics }: ExpRun): readonly string[] => diagnostics.flatMap(({ issues: all = [] }) => all.map(({ code, path, message, fix }) => `${code} ${path}: ${message} (${fix})`));

test.each<{ level: string; told: readonly string[]; succeeded: boolean }>([
  { level: "disabled", told: [], succeeded: true },
  { level: "advisory", told: ["warning a boxes@1.2.3 forbid-huge: Checks forbid-huge. It is huge."], succeeded: true },
  { level: "mandatory", told: ["error a boxes@1.2.3 forbid-huge: Checks forbid-huge. It is huge."], succeeded: false },
  { level: "remediate", told: ["error a boxes@1.2.3 forbid-huge: Checks forbid-huge. It is huge."], succeeded: false },
])("a file makes a policy $level", async ({ level, told, succeeded }) => {
  const run = await judge("huge", { "forbid-huge": level });
  expect(found(run)).toEqual(told);
  expect(run.succeeded).toBe(succeeded);
});

test("a policy has the properties of its schema, its pack and the file", async () => {
  const policies = [{ name: "p", level: "mandatory", schema: { a: { default: 1 }, b: { default: 1 }, c: { default: 1 } }, required: [] }] as const;
  const all = reconcile(policies, new Map([["p", { properties: { b: 2, c: 2 } }]]), new Map([["all", { level: "advisory", properties: {} }], ["p", { properties: { c: 3 } }]]), "here");
  expect(all.get("p")).toEqual({ level: "advisory", properties: { a: 1, b: 2, c: 3 } });
  expect(found(await judge("odd", { "forbid-size": "mandatory" }))).toHaveLength(1);
  expect(found(await judge("odd", { "forbid-size": { enforcementLevel: "mandatory", sizes: ["even"] } }))).toEqual([]);
});

test("all mistakes of a configuration are told, and nothing is begun", async () => {
  const run = await judge("a", { "forbid-size": { enforcementLevel: "mandatory", sizes: "odd" }, few: { max: "many" }, nothing: "mandatory" });
  expect(run.succeeded).toBe(false);
  expect(issues(run)).toEqual([
    expect.stringMatching(/^policy\.config nothing: the pack has no such policy \(one of .*, or all\)/),
    "policy.config forbid-size.sizes: must be array (mend the policy pack's configuration)",
    "policy.config few.max: must be integer (mend the policy pack's configuration)",
  ]);
  expect(stack.world.calls).toEqual([]);
  expect(issues(await judge("a", { "forbid-huge": "sometimes", environments: ["x"] }))).toEqual([
    'policy.config forbid-huge: "sometimes" is no enforcement level (advisory, mandatory, disabled, remediate)',
    "policy.config environments: Steading's own engine does not know environments (use the Pulumi CLI)",
  ]);
});

test.each([
  { name: "is not there", text: undefined, message: /there is no such file/ },
  { name: "is no JSON", text: "{", message: /is no JSON/ },
  { name: "is a list", text: "[]", message: /is no JSON object/ },
])("a file that $name is told", async ({ text, message }) => {
  const config = join(stack.directory, "own.json");
  if (text !== undefined) await writeFile(config, text);
  await stack.program("plan", { plan: "{}" });
  const run = await stack.run(preview, { policyPacks: [{ directory: join(PACKS, "boxes"), config }] });
  expect(run.succeeded).toBe(false);
  expect(run.errors).toMatch(message);
});
