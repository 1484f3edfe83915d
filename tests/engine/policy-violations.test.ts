import { jest } from "@jest/globals";
import { preview } from "#engine/operations/preview.ts";
import { up } from "#engine/operations/up.ts";
import { writes } from "../support/exp.ts";
import { expStack, runPlan } from "../support/exp-stack.ts";
import type { ExpStack } from "../support/exp-stack.ts";
import { boxesPack, found, runJudged } from "../support/policies.ts";
import { watchProcesses } from "../support/watch-processes.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());
// Each run starts Node once or twice more.
jest.setTimeout(120_000);

const upAtOnce: typeof up = (open, options) => up(open, { ...options, skipPreview: true });
const ids = async (): Promise<readonly unknown[]> => (await stack.resources()).flatMap(({ id, type }) => (type === "exp:index:Box" ? [id] : []));

test("what is only advised is told once, and done", async () => {
  const done = await runJudged(stack, { boxes: [{ name: "a", args: { size: "big" } }, { name: "b" }] });
  expect(done).toMatchObject({ succeeded: true, errors: "" });
  expect(found(done)).toEqual(["warning a boxes@1.2.3 advise-big: Checks advise-big. It is big."]);
  expect([...(await ids())].sort()).toEqual(["id-a", "id-b"]);
});

test("a preview tells all that is forbidden, an up then makes and deletes nothing", async () => {
  await runPlan(stack, { boxes: [{ name: "old" }] });
  const plan = { boxes: [{ name: "a", args: { size: "huge" } }, { name: "b" }, { name: "c", args: { size: "huge" }, dependsOn: ["a"] }] };
  const expected = ["error a boxes@1.2.3 forbid-huge: Checks forbid-huge. It is huge.", "error c boxes@1.2.3 forbid-huge: Checks forbid-huge. It is huge."];
  for (const operation of [preview, up]) {
    const run = await runJudged(stack, plan, undefined, operation);
    expect(run.succeeded).toBe(false);
    expect(found(run)).toEqual(expected);
    expect(run.diagnostics.map(({ policy }) => policy)).toContainEqual({ pack: "boxes", version: "1.2.3", policy: "forbid-huge" });
    expect(writes(stack.world)).toEqual([]);
  }
  // What would happen is shown all the same.
  const shown = await runJudged(stack, plan, undefined, preview);
  expect(shown.steps.toSorted()).toEqual(["create a", "create b", "create c"]);
  expect(await ids()).toEqual(["id-old"]);
});

test("what is forbidden once its values are known is not made, nor what needs it; the rest is, and nothing is deleted", async () => {
  await runPlan(stack, { boxes: [{ name: "old" }] });
  const run = await runJudged(
    stack,
    { boxes: [{ name: "first" }, { name: "bad", from: "first" }, { name: "after", dependsOn: ["bad"] }, { name: "other" }] },
    { "forbid-source": "mandatory" },
  );
  expect(run.succeeded).toBe(false);
  expect(found(run)).toEqual([
    "error bad boxes@1.2.3 forbid-source: Checks forbid-source. It comes from a first generation.",
    "warning bad boxes@1.2.3 forbid-source: can't run policy 'forbid-source' from policy pack 'boxes@v1.2.3' during preview: string value at .spec.from can't be known during preview",
  ]);
  expect([...writes(stack.world)].sort()).toEqual(["create first", "create other"]);
  expect([...(await ids())].sort()).toEqual(["id-first", "id-old", "id-other"]);
  expect(run.errors).toContain("left as they are, because what they need was not made: after");
});

test("with fail-fast it ends the run", async () => {
  await stack.program("plan", { plan: JSON.stringify({ boxes: [{ name: "first" }, { name: "bad", from: "first" }, { name: "after", dependsOn: ["bad"] }] }) });
  const run = await stack.run(up, { policyPacks: [await boxesPack(stack, { "forbid-source": "mandatory" })], failFast: true });
  expect(run.succeeded).toBe(false);
  expect(run.errors).toContain("a failure ended the run; not begun: after");
  expect(writes(stack.world)).toEqual(["create first"]);
});

test("the stack itself, components and providers are judged too", async () => {
  const run = await runJudged(stack, { providers: [{ name: "mine", config: {} }], groups: [{ name: "g", count: 1 }], boxes: [{ name: "a" }] }, { "forbid-all": "mandatory" }, preview);
  expect(found(run).map((line) => line.split(" ").at(-1))).toEqual(
    expect.arrayContaining(["pulumi:pulumi:Stack", "pulumi:providers:exp", "exp:index:Group", "exp:index:Box"]),
  );
});

test("a policy about the stack sees outputs, fails the run, and nothing is deleted", async () => {
  await runPlan(stack, { boxes: [{ name: "a" }, { name: "b" }, { name: "old" }] });
  const plan = { boxes: [{ name: "a" }, { name: "b" }] };
  const allowed = { few: { enforcementLevel: "mandatory", max: 2 } };
  const forbidden = { few: { enforcementLevel: "mandatory", max: 1 } };
  for (const operation of [preview, up, upAtOnce]) {
    const run = await runJudged(stack, plan, forbidden, operation);
    expect(run.succeeded).toBe(false);
    expect(found(run)).toEqual(["error b boxes@1.2.3 few: Allows few boxes. a of generation 1, b of generation 1 are too many."]);
    expect(writes(stack.world)).toEqual([]);
  }
  expect(await ids()).toEqual(["id-a", "id-b", "id-old"]);
  expect(await runJudged(stack, plan, allowed)).toMatchObject({ succeeded: true, steps: ["same a", "same b", "delete old"] });
});

test("a policy sees values, options and provider, and its pack the stack and its configuration", async () => {
  const told = async (operation: typeof up): Promise<unknown> => {
    const run = await runJudged(stack, { boxes: [{ name: "a", args: { size: "small" }, options: { ignoreChanges: ["label"], deleteBeforeReplace: true } }] }, { "tell-all": "advisory" }, operation);
    const [, json = ""] = /Checks tell-all\.\n(.*)$/s.exec(run.diagnostics.find(({ policy }) => policy?.policy === "tell-all")?.message ?? "") ?? [];
    return JSON.parse(json) as unknown;
  };
  const expected = {
    props: { name: "a", size: "small" },
    opts: { protect: false, ignoreChanges: ["label"], deleteBeforeReplace: true, parent: "urn:pulumi:dev::expproj::pulumi:pulumi:Stack::expproj-dev" },
    provider: "pulumi:providers:exp",
    urn: "urn:pulumi:dev::expproj::exp:index:Box::a",
    name: "a",
    stack: "dev",
    plan: "string",
  };
  expect(await told(preview)).toMatchObject({ ...expected, isDryRun: true });
  expect(await told(upAtOnce)).toMatchObject({ ...expected, isDryRun: false });
});

test("a policy that throws fails what it judges, and quotes no secret", async () => {
  const run = await runJudged(stack, { boxes: [{ name: "a", secret: "hunter2hunter2" }] }, { throw: "advisory" });
  expect(run.succeeded).toBe(false);
  expect(run.errors).toMatch(/^the policy pack boxes@1\.2\.3: Error validating resource with policy 'throw' from policy pack 'boxes@v1\.2\.3':\nError: no words for \[secret\]/);
  expect(JSON.stringify(run.events)).not.toContain("hunter2");
  expect(writes(stack.world)).toEqual([]);
});

test("a secret that a policy tells is masked, and in no process' arguments or environment", async () => {
  const secret = `hunter2-${String(process.pid)}`;
  const watched = watchProcesses([secret]);
  const run = await runJudged(stack, { boxes: [{ name: "a", secret }] }, { "tell-all": "advisory" });
  const { rounds, seen } = await watched.end();
  expect(rounds).toBeGreaterThan(1);
  expect(seen).toEqual([]);
  expect(found(run)[0]).toContain('"token":"[secret]"');
  expect(JSON.stringify(run.events)).not.toContain(secret);
});
