import { preview } from "#engine/operations/preview.ts";
import { up } from "#engine/operations/up.ts";
import { writes } from "../support/exp.ts";
import { expStack } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import type { Plan } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());

const run = async (plan: Plan, operation: Parameters<ExpStack["run"]>[0] = up): Promise<ExpRun> => {
  await stack.program("plan", { plan: JSON.stringify(plan) });
  return stack.run(operation);
};

test("a first run creates everything, a second changes nothing and writes nothing", async () => {
  await stack.program("two-boxes");
  const first = await stack.run(up);
  expect(first.errors).toBe("");
  expect(first.steps).toEqual(["create a", "create b"]);
  expect(first.outputs).toEqual({ from: "gen=1" });
  expect(writes(stack.world)).toEqual(["create a", "create b"]);
  const before = await stack.checkpoint();
  const second = await stack.run(up);
  expect(second).toMatchObject({ succeeded: true, changes: { same: 3 }, outputs: { from: "gen=1" } });
  expect(writes(stack.world)).toHaveLength(2);
  expect(await stack.checkpoint()).toEqual(before);
});

/** What two plans, one after the other, come to. */
const stories: readonly { name: string; first: Plan; then: Plan; steps: readonly string[]; writes: readonly string[] }[] = [
  { name: "a changed input is an update", first: { boxes: [{ name: "a" }] }, then: { boxes: [{ name: "a", args: { size: "big" } }] }, steps: ["update a"], writes: ["update a"] },
  { name: "a new box is a create", first: { boxes: [{ name: "a" }] }, then: { boxes: [{ name: "a" }, { name: "b" }] }, steps: ["same a", "create b"], writes: ["create b"] },
  { name: "a box that is gone is a delete", first: { boxes: [{ name: "a" }, { name: "b" }] }, then: { boxes: [{ name: "b" }] }, steps: ["same b", "delete a"], writes: ["delete a"] },
  {
    name: "deletes go from what depends to what is depended on",
    first: { boxes: [{ name: "a" }, { name: "b", dependsOn: ["a"] }, { name: "c", from: "b" }, { name: "d", parent: "c" }] },
    then: {},
    steps: ["delete d", "delete c", "delete b", "delete a"],
    writes: ["delete d", "delete c", "delete b", "delete a"],
  },
  {
    name: "an update reaches what takes its outputs",
    first: { boxes: [{ name: "a" }, { name: "b", from: "a" }] },
    then: { boxes: [{ name: "a", args: { size: "big" } }, { name: "b", from: "a" }] },
    steps: ["update a", "update b"],
    writes: ["update a", "update b"],
  },
  {
    name: "ignoreChanges keeps the old value",
    first: { boxes: [{ name: "a", args: { spec: { x: 1, y: 1 } } }] },
    then: { boxes: [{ name: "a", args: { spec: { x: 2, y: 1 } }, options: { ignoreChanges: ["spec.x"] } }] },
    steps: ["same a"],
    writes: [],
  },
  {
    name: "retainOnDelete only forgets",
    first: { boxes: [{ name: "a", options: { retainOnDelete: true } }] },
    then: {},
    steps: ["delete a"],
    writes: [],
  },
  {
    name: "an explicit provider is configured and serves its boxes",
    first: { providers: [{ name: "p", config: { zone: "x" } }], boxes: [{ name: "a", provider: "p" }] },
    then: { providers: [{ name: "p", config: { zone: "y" } }], boxes: [{ name: "a", provider: "p" }] },
    steps: ["update p", "same a"],
    writes: [],
  },
  {
    name: "a name that changes makes a new box, then deletes the old one",
    first: { boxes: [{ name: "a", args: { forceNew: "1" } }] },
    then: { boxes: [{ name: "a", args: { forceNew: "2" } }] },
    steps: ["replace a", "delete a"],
    writes: ["create a", "delete a"],
  },
  {
    name: "a replacement deletes first where the provider says so",
    first: { boxes: [{ name: "a", args: { forceNew: "1", deleteFirst: true } }] },
    then: { boxes: [{ name: "a", args: { forceNew: "2", deleteFirst: true } }] },
    steps: ["replace a"],
    writes: ["delete a", "create a"],
  },
  { name: "a component's children are told with it", first: {}, then: { groups: [{ name: "g", count: 2 }] }, steps: ["create g", "create g-0", "create g-1"], writes: ["create g-0", "create g-1"] },
];

test.each(stories)("$name", async ({ first, then, ...expected }) => {
  expect((await run(first)).errors).toBe("");
  stack.world.calls.length = 0;
  const seen = await run(then, preview);
  expect(seen.errors).toBe("");
  expect(seen.steps).toEqual(expected.steps);
  expect(writes(stack.world)).toEqual([]);
  const second = await run(then);
  expect(second.errors).toBe("");
  expect(second.steps).toEqual(expected.steps);
  expect(writes(stack.world)).toEqual(expected.writes);
  const third = await run(then);
  expect(third.errors).toBe("");
  expect(third.steps.filter((step) => !step.startsWith("same"))).toEqual([]);
});

test("children carry their parents' types in their URNs", async () => {
  await run({ groups: [{ name: "g", count: 1 }], boxes: [{ name: "a" }, { name: "b", parent: "a" }] });
  expect((await stack.resources()).map(({ urn }) => urn).sort()).toEqual([
    "urn:pulumi:dev::expproj::exp:index:Box$exp:index:Box::b",
    "urn:pulumi:dev::expproj::exp:index:Box::a",
    "urn:pulumi:dev::expproj::exp:index:Group$exp:index:Box::g-0",
    "urn:pulumi:dev::expproj::exp:index:Group::g",
    "urn:pulumi:dev::expproj::pulumi:providers:exp::default",
    "urn:pulumi:dev::expproj::pulumi:pulumi:Stack::expproj-dev",
  ]);
});

test("what is depended on is made first, the rest at once", async () => {
  const boxes = Array.from({ length: 6 }, (_, index) => ({ name: `box-${String(index)}`, args: { delayMs: 60 } }));
  await run({ boxes: [...boxes, { name: "last", dependsOn: boxes.map(({ name }) => name) }] });
  expect(writes(stack.world).at(-1)).toBe("create last");
  expect(stack.world.atOnce).toBe(6);
});

test("the default provider is configured from the stack, is kept, and is not counted", async () => {
  await stack.program("two-boxes", { "exp:region": "here" });
  const { changes } = await stack.run(up);
  expect(changes).toEqual({ create: 3 });
  expect(stack.world.calls).toContain('configure {"region":"here"}');
  const [before] = (await stack.resources()).filter(({ type }) => type === "pulumi:providers:exp");
  expect(before).toMatchObject({ inputs: { region: "here" }, outputs: { region: "here" } });
  await stack.program("two-boxes", { "exp:region": "there" });
  const again = await stack.run(up);
  expect(again.changes).toEqual({ same: 3 });
  const [after] = (await stack.resources()).filter(({ type }) => type === "pulumi:providers:exp");
  expect(after).toMatchObject({ id: before?.["id"], inputs: { region: "there" } });
});

test("a preview takes no lock, writes no state and does not count as a failure", async () => {
  await stack.program("two-boxes");
  const seen = await stack.run(preview);
  expect(seen).toMatchObject({ succeeded: true, changes: { create: 3 } });
  await expect(stack.checkpoint()).rejects.toThrow("ENOENT");
});

test("secrets are encrypted in the state: inputs, the outputs that mirror them, and what the program adds", async () => {
  const box = { name: "a", args: { size: "plainly-seen" }, secret: "hide-me-well", options: { additionalSecretOutputs: ["gen"] } };
  const { outputs } = await run({ boxes: [box] });
  const text = JSON.stringify(await stack.checkpoint());
  // The search sees what is in clear.
  expect(text).toContain("plainly-seen");
  expect(text).not.toContain("hide-me-well");
  const [, , state] = await stack.resources();
  expect(state).toHaveProperty("outputs.gen.ciphertext");
  expect(state).toHaveProperty("outputs.token.ciphertext");
  expect(state).toHaveProperty("inputs.token.ciphertext");
  expect(state).toMatchObject({ additionalSecretOutputs: ["gen"] });
  expect(JSON.stringify(outputs)).toContain("1b47061264138c4ac30d75fd1eb44270");
  const again = await run({ boxes: [box] });
  expect(again.changes).toEqual({ same: 2 });
  expect(JSON.stringify(again.events)).not.toContain("hide-me-well");
});

test("timeouts, protection and dependencies are in the state", async () => {
  await run({ boxes: [{ name: "a" }, { name: "b", dependsOn: ["a"], options: { customTimeouts: { create: "7m", delete: "1h30m" }, protect: true } }] });
  const states = await stack.resources();
  expect(states.find(({ id }) => id === "id-b")).toMatchObject({
    dependencies: ["urn:pulumi:dev::expproj::exp:index:Box::a"],
    customTimeouts: { create: 420, delete: 5400 },
    protect: true,
  });
});
