import { destroy } from "#engine/operations/destroy.ts";
import { preview } from "#engine/operations/preview.ts";
import { expWorld, writes } from "../support/exp.ts";
import { expStack, runPlan } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import type { PlannedBox } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack("dev", { ...expWorld(), unique: true });
});
afterEach(() => stack.remove());

const run = (boxes: readonly PlannedBox[], operation?: Parameters<ExpStack["run"]>[0]): Promise<ExpRun> => runPlan(stack, { boxes }, operation);
const kept = async (): Promise<readonly unknown[]> => (await stack.resources()).flatMap(({ type, id }) => (type === "exp:index:Box" ? [id] : [])).sort();
const boxes = (): readonly string[] => [...stack.world.boxes.keys()].sort();
/** The changes, without what makes ids unique. */
const changes = (): readonly string[] => writes(stack.world).map((call) => call.replace(/-\d+$/, ""));
const root = (forceNew: string, args: object = { deleteFirst: true }): PlannedBox => ({ name: "a", args: { forceNew, ...args } });
const b: PlannedBox = { name: "b", after: "a" };
const c: PlannedBox = { name: "c", after: "b" };

interface Story {
  readonly name: string;
  readonly rest: readonly PlannedBox[];
  readonly then?: readonly PlannedBox[];
  readonly steps: readonly string[];
  /** What a preview says, where it cannot know better. */
  readonly seen?: readonly string[];
  readonly calls: readonly string[];
}
const stories: readonly Story[] = [
  { name: "what is made anew with it is deleted before, in reverse order", rest: [b, c], steps: ["delete c", "delete b", "replace a", "create b", "create c"], calls: ["delete c", "delete b", "delete a", "create a", "create b", "create c"] },
  { name: "what only comes after it stays", rest: [{ name: "b", dependsOn: ["a"] }], steps: ["replace a", "same b"], calls: ["delete a", "create a"] },
  { name: "what is only changed with it stays", rest: [{ name: "b", from: "a" }], seen: ["replace a", "update b"], steps: ["replace a", "same b"], calls: ["delete a", "create a"] },
  { name: "what is not declared any more is not made again", rest: [b, c], then: [], steps: ["delete c", "delete b", "replace a"], calls: ["delete c", "delete b", "delete a", "create a"] },
  { name: "what no longer needs it stays", rest: [b], then: [{ name: "b" }], steps: ["replace a", "replace b"], calls: [] },
  { name: "what is in it goes with it", rest: [{ name: "b", inside: "a" }], steps: ["replace a", "delete b", "create b"], calls: ["delete a", "create a", "create b"] },
  { name: "what shall outlive it is only forgotten", rest: [{ ...b, options: { retainOnDelete: true } }], steps: ["delete b", "replace a", "create b"], calls: ["delete a", "create a", "create b"] },
];

test.each(stories)("$name", async ({ rest, then = rest, steps, seen: previewed = steps, calls }) => {
  expect((await run([root("1"), ...rest])).errors).toBe("");
  const before = await stack.checkpoint();
  const seen = await run([root("2"), ...then], preview);
  expect([seen.errors, writes(stack.world), await stack.checkpoint()]).toEqual(["", [], before]);
  const second = await run([root("2"), ...then]);
  expect(second.errors).toBe("");
  if (calls.length > 0) expect([second.steps, seen.steps, changes()]).toEqual([steps, previewed, calls]);
  expect((await kept()).filter((id) => !boxes().includes(String(id)))).toEqual([]);
  const third = await run([root("2"), ...then]);
  expect(third.steps.filter((step) => !step.startsWith("same"))).toEqual([]);
  expect(await run([], destroy)).toMatchObject({ succeeded: true });
});

test.each([
  { option: true, provider: false, calls: ["delete b", "delete a", "create a", "create b"] },
  { option: false, provider: true, calls: ["create a", "create b", "delete b", "delete a"] },
])("the option $option has the last word over the provider's $provider", async ({ option, provider, calls }) => {
  const plan = (forceNew: string): readonly PlannedBox[] => [{ ...root(forceNew, { deleteFirst: provider }), options: { deleteBeforeReplace: option } }, b];
  await run(plan("1"));
  expect((await run(plan("2"))).succeeded).toBe(true);
  expect(changes()).toEqual(calls);
});

test("where something that has to go is protected, nothing is touched", async () => {
  const rest: readonly PlannedBox[] = [{ ...b, options: { protect: true } }, c];
  await run([root("1"), ...rest]);
  const failed = await run([root("2"), ...rest]);
  expect(failed.errors).toContain("::b: must be deleted before a is made anew, and is protected");
  expect(writes(stack.world)).toEqual([]);
});

test("two that are made anew at once delete what needs both only once", async () => {
  const plan = (forceNew: string): readonly PlannedBox[] => [root(forceNew), { ...root(forceNew), name: "z" }, { name: "b", after: "a", inside: "z" }];
  await run(plan("1"));
  expect(await run(plan("2"))).toMatchObject({ succeeded: true });
  expect(changes().filter((call) => call === "create b")).toHaveLength(1);
  expect(changes().filter((call) => call === "delete b").length).toBeLessThan(2);
  expect(await kept()).toEqual(boxes());
});

describe.each([
  { failing: "delete", on: "b", left: ["b"] },
  { failing: "delete", on: "a", left: ["a"] },
  { failing: "create", on: "a", left: [] },
  { failing: "create", on: "b", left: ["a"] },
])("a run that ends at $failing of $on", ({ failing, on, left }) => {
  const made = (fail: boolean, forceNew: string): readonly PlannedBox[] => [root(forceNew), b, c].map((one) => (fail && one.name === on ? { ...one, args: { ...one.args, fail: failing } } : one));
  beforeEach(async () => {
    await run(made(failing === "delete", "1"));
    expect((await run(made(true, "2"))).succeeded).toBe(false);
    expect(boxes().filter((id) => left.some((name) => id.startsWith(`id-${name}`)))).toHaveLength(left.length);
    stack.world.spared = true;
  });

  test.each([
    { name: "is ended by the next one", then: [root("2"), b, c] },
    { name: "is ended when all shall be as before", then: [root("1"), b, c] },
    { name: "is ended when nothing is wanted", then: [] },
  ])("$name", async ({ then }) => {
    expect((await run(then)).errors).toBe("");
    expect(boxes().map((id) => id.split("-")[1])).toEqual(then.map(({ name }) => name));
    expect(await kept()).toEqual(boxes());
    expect((await run(then)).steps.filter((step) => !step.startsWith("same"))).toEqual([]);
  });
});
