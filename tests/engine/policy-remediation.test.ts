import { join } from "node:path";
import { jest } from "@jest/globals";
import { previewToFile, upAsPlanned } from "#engine/operations/kept-plan.ts";
import { preview } from "#engine/operations/preview.ts";
import { writes } from "../support/exp.ts";
import { expStack } from "../support/exp-stack.ts";
import type { ExpStack } from "../support/exp-stack.ts";
import { boxesPack, changed, found, runJudged } from "../support/policies.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());
// Each run starts Node once or twice more.
jest.setTimeout(120_000);

const box = async (): Promise<unknown> => (await stack.resources()).find(({ id }) => id === "id-a");
const urn = "urn:pulumi:dev::expproj::exp:index:Box::a";

test("what a policy changes reaches the provider and the state, is told, and is no change the second time", async () => {
  const plan = { boxes: [{ name: "a", args: { size: "big" } }] };
  const config = { shrink: "remediate", "advise-big": "mandatory" };
  const seen = await runJudged(stack, plan, config, preview);
  expect(changed(seen)).toEqual([{ event: "policy-remediation", urn, pack: "boxes", version: "1.2.3", policy: "shrink", paths: ["size"] }]);
  const first = await runJudged(stack, plan, config);
  // What is judged is what will be made.
  expect(first).toMatchObject({ succeeded: true, errors: "", steps: ["create a"] });
  expect(changed(first)).toHaveLength(1);
  expect(stack.world.boxes.get("id-a")).toMatchObject({ size: "small" });
  expect(await box()).toMatchObject({ inputs: { size: "small" }, outputs: { size: "small" } });
  const second = await runJudged(stack, plan, config);
  expect(second).toMatchObject({ succeeded: true, steps: ["same a"] });
  expect(writes(stack.world)).toEqual([]);
  const third = await runJudged(stack, plan, { ...config, shrink: { enforcementLevel: "remediate", to: "tiny" } });
  expect(third.steps).toEqual(["update a"]);
  expect(stack.world.boxes.get("id-a")).toMatchObject({ size: "tiny" });
});

test("what is replaced is changed too", async () => {
  const config = { shrink: "remediate" };
  await runJudged(stack, { boxes: [{ name: "a", args: { size: "big", forceNew: "1" } }] }, config);
  const replaced = await runJudged(stack, { boxes: [{ name: "a", args: { size: "big", forceNew: "2" } }] }, config);
  expect(replaced.steps).toContain("replace a");
  expect(changed(replaced)).toHaveLength(1);
  expect(await box()).toMatchObject({ inputs: { size: "small", forceNew: "2" } });
  expect((await runJudged(stack, { boxes: [{ name: "a", args: { size: "big", forceNew: "2" } }] }, config)).steps).toEqual(["same a"]);
});

test("a secret stays one where a policy hands it back in clear, and where it puts it into another text", async () => {
  const plan = { boxes: [{ name: "a", secret: "hunter2hunter2" }] };
  const run = await runJudged(stack, plan, { spread: "remediate" });
  expect(run).toMatchObject({ succeeded: true });
  expect(changed(run).map(({ paths }) => paths)).toEqual([["label", "size"]]);
  expect(stack.world.boxes.get("id-a")).toMatchObject({ size: "spread" });
  expect(JSON.stringify(stack.world.boxes.get("id-a"))).toContain("for hunter2hunter2");
  expect(JSON.stringify(await stack.checkpoint())).not.toContain("hunter2");
  expect(JSON.stringify(run.events)).not.toContain("hunter2");
  expect((await runJudged(stack, plan, { spread: "remediate" })).steps).toEqual(["same a"]);
});

test("what a policy changed is checked by the provider", async () => {
  const run = await runJudged(stack, { boxes: [{ name: "a" }] }, { break: "remediate" });
  expect(run).toMatchObject({ succeeded: false });
  expect(run.errors).toContain("exp:index:Box a size: must be a text");
  expect(writes(stack.world)).toEqual([]);
});

test("a policy that needs what is not known says so at the preview, and does it in the run", async () => {
  const run = await runJudged(stack, { boxes: [{ name: "first" }, { name: "a", from: "first" }] }, { follow: "remediate" });
  expect(found(run)).toEqual([expect.stringMatching(/^warning a boxes@1\.2\.3 follow: can't run remediation 'follow' .* during preview/)]);
  expect(run).toMatchObject({ succeeded: true });
  expect(await box()).toMatchObject({ inputs: { size: "of 1" } });
});

test("a plan that was kept holds what policies changed", async () => {
  const file = join(stack.directory, "plan.json");
  await stack.program("plan", { plan: JSON.stringify({ boxes: [{ name: "a", args: { size: "big" } }] }) });
  const policyPacks = [await boxesPack(stack, { shrink: "remediate" })];
  expect(await stack.run((open, options) => previewToFile(open, options, file), { policyPacks })).toMatchObject({ succeeded: true });
  const without = await stack.run((open, options) => upAsPlanned(open, options, file));
  expect(without.errors).toContain("the program changed since the plan was made");
  expect(await stack.run((open, options) => upAsPlanned(open, options, file), { policyPacks })).toMatchObject({ succeeded: true, steps: ["create a"] });
  expect(stack.world.boxes.get("id-a")).toMatchObject({ size: "small" });
});
