import { preview } from "#engine/operations/preview.ts";
import { writes } from "../support/exp.ts";
import { expStack, runPlan } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import type { Plan } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
  stack.world.boxes.set("id-x", { name: "a", size: "big", created: true, gen: 7 });
});
afterEach(() => stack.remove());

const run = (plan: Plan, operation?: Parameters<ExpStack["run"]>[0]): Promise<ExpRun> => runPlan(stack, plan, operation);
const box = (args: object, id = "id-x"): Plan => ({ boxes: [{ name: "a", args, options: { import: id } }] });
const kept = async (): Promise<readonly unknown[]> => (await stack.resources()).filter(({ type }) => type === "exp:index:Box");

test("what is there as declared is taken over, and is then as it was", async () => {
  expect(await run(box({ size: "big" }), preview)).toMatchObject({ succeeded: true, changes: { create: 1, import: 1 } });
  await expect(stack.checkpoint()).rejects.toThrow("ENOENT");
  expect(await run(box({ size: "big" }))).toMatchObject({ succeeded: true, steps: ["import a"] });
  expect(writes(stack.world)).toEqual([]);
  expect(await kept()).toMatchObject([{ id: "id-x", importID: "id-x", inputs: { name: "a", size: "big" }, outputs: { gen: 7 } }]);
  const before = await stack.checkpoint();
  expect(await run(box({ size: "big" }))).toMatchObject({ succeeded: true, changes: { same: 2 } });
  expect(await stack.checkpoint()).toEqual(before);
  expect(await run({ boxes: [{ name: "a", args: { size: "small" } }] })).toMatchObject({ succeeded: true, steps: ["update a"] });
  expect((await kept())[0]).not.toHaveProperty("importID");
});

test("what is otherwise is taken over and changed; when that fails, it is in the state as it is", async () => {
  expect((await run(box({ size: "small", fail: "update" }))).errors).toBe("cannot change id-x");
  expect(await kept()).toMatchObject([{ id: "id-x", importID: "id-x", inputs: { size: "big" }, outputs: { gen: 7 } }]);
  expect(await run(box({ size: "small" }))).toMatchObject({ succeeded: true, steps: ["update a"] });
  stack.world.boxes.set("id-y", { name: "b", size: "big", created: true, gen: 1 });
  expect(await run({ boxes: [...(box({ size: "small" }).boxes ?? []), { name: "b", options: { import: "id-y" } }] })).toMatchObject({ succeeded: true, steps: ["same a", "import b"] });
  expect(writes(stack.world)).toEqual(["update y"]);
  expect(await kept()).toMatchObject([{ outputs: { gen: 8 } }, { id: "id-y", inputs: { size: "default-size" }, outputs: { gen: 2 } }]);
});

test.each([
  { name: "what is not there", plan: box({}, "id-none"), said: /there is no exp:index:Box with the id id-none/ },
  { name: "what would have to be made anew", plan: box({ forceNew: "1" }), said: /takes over id-x, which would have to be made anew for forceNew/ },
])("$name is refused before anything is touched", async ({ plan, said }) => {
  const failed = await run({ boxes: [...(plan.boxes ?? []), { name: "other" }] });
  expect(failed.succeeded).toBe(false);
  expect(failed.errors).toMatch(said);
  expect(writes(stack.world)).toEqual([]);
});

test("what the program had in its place is deleted, unless it is protected", async () => {
  await run({ boxes: [{ name: "a", args: { size: "big" }, options: { protect: true } }] });
  expect((await run(box({ size: "big" }))).errors).toContain("is protected");
  await run({ boxes: [{ name: "a", args: { size: "big" } }] });
  expect(await run(box({ size: "big" }))).toMatchObject({ succeeded: true, steps: ["import a", "delete a"] });
  expect([writes(stack.world), [...stack.world.boxes.keys()]]).toEqual([["delete a"], ["id-x"]]);
  expect(await kept()).toMatchObject([{ id: "id-x" }]);
});

test("what was only read until now becomes the program's own", async () => {
  await run({ boxes: [{ name: "a", options: { id: "id-x" } }] });
  expect(await kept()).toMatchObject([{ external: true }]);
  expect(await run(box({ size: "big" }))).toMatchObject({ succeeded: true, steps: ["import a"] });
  expect(await kept()).toHaveLength(1);
  expect((await kept())[0]).not.toHaveProperty("external");
  await run({});
  expect([...stack.world.boxes.keys()]).toEqual([]);
});

test("what is secret in the program is not read in clear", async () => {
  stack.world.boxes.set("id-x", { name: "a", size: "plainly-seen", token: "hide-me-well", created: true, gen: 7 });
  const plan: Plan = { boxes: [{ name: "a", args: { size: "plainly-seen", fail: "update" }, secret: "hide-me-well", options: { import: "id-x" } }] };
  expect((await run(plan)).errors).toBe("cannot change id-x");
  const text = JSON.stringify(await stack.checkpoint());
  expect([text.includes("plainly-seen"), text.includes("hide-me-well")]).toEqual([true, false]);
});
