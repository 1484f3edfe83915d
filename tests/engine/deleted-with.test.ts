import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { destroy } from "#engine/operations/destroy.ts";
import { preview } from "#engine/operations/preview.ts";
import { writes } from "../support/exp.ts";
import { expStack, runPlan } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import type { Plan, PlannedBox } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());

const run = (plan: Plan, operation?: Parameters<ExpStack["run"]>[0]): Promise<ExpRun> => runPlan(stack, plan, operation);
const kept = async (): Promise<readonly unknown[]> => (await stack.resources()).flatMap(({ type, id }) => (type === "exp:index:Box" ? [id] : [])).sort();
const boxes = (): readonly string[] => [...stack.world.boxes.keys()].sort();
const room: PlannedBox = { name: "room" };
const chair: PlannedBox = { name: "chair", inside: "room" };
const leg: PlannedBox = { name: "leg", inside: "chair", dependsOn: ["chair"] };

test.each([
  { name: "what is in it goes with it", first: [room, chair], then: [], steps: ["delete room", "delete chair"], calls: ["delete room"] },
  { name: "and what is in that", first: [room, chair, leg], then: [], steps: ["delete room", "delete leg", "delete chair"], calls: ["delete room"] },
  { name: "alone it is deleted itself", first: [room, chair], then: [room], steps: ["same room", "delete chair"], calls: ["delete chair"] },
  { name: "what it needs besides is deleted in its turn", first: [room, { name: "tree" }, { ...chair, dependsOn: ["tree"] }], then: [], steps: ["delete room", "delete chair", "delete tree"], calls: ["delete room", "delete tree"] },
  { name: "children of it inherit that", first: [room, chair, { name: "bug", parent: "chair", args: { inside: "id-room" } }], then: [], steps: ["delete room", "delete bug", "delete chair"], calls: ["delete room"] },
])("$name", async ({ first, then, steps, calls }) => {
  expect((await run({ boxes: first })).errors).toBe("");
  expect((await run({ boxes: then }, preview)).steps.toSorted()).toEqual(steps.toSorted());
  const second = await run({ boxes: then });
  expect(second.errors).toBe("");
  expect([second.steps.toSorted(), writes(stack.world).toSorted()]).toEqual([steps.toSorted(), calls.toSorted()]);
  expect(boxes()).toEqual(then.map(({ name }) => `id-${name}`));
  expect(await kept()).toEqual(boxes());
});

test("destroy asks only for the one that holds the others", async () => {
  await run({ boxes: [room, chair, leg] });
  expect((await run({}, destroy)).succeeded).toBe(true);
  expect([writes(stack.world), boxes(), await kept()]).toEqual([["delete room"], [], []]);
});

test("the state says what it is deleted with", async () => {
  await run({ boxes: [room, chair] });
  expect((await stack.resources()).at(-1)).toMatchObject({ deletedWith: "urn:pulumi:dev::expproj::exp:index:Box::room" });
  expect((await run({ boxes: [room, { name: "chair", args: { inside: "id-room" } }] })).steps).toEqual(["same room", "same chair"]);
  expect((await stack.resources()).at(-1)).not.toHaveProperty("deletedWith");
});

test("it stays in the state while that is not gone", async () => {
  await run({ boxes: [{ ...room, args: { fail: "delete" } }, chair, leg] });
  const failed = await run({});
  expect(failed).toMatchObject({ succeeded: false, errors: "cannot remove id-room" });
  expect([await kept(), boxes()]).toEqual([["id-chair", "id-leg", "id-room"], ["id-chair", "id-leg", "id-room"]]);
});

test("where that is only forgotten, it is deleted itself", async () => {
  await run({ boxes: [{ ...room, options: { retainOnDelete: true } }, { ...chair, options: { retainOnDelete: false } }] });
  expect((await run({})).succeeded).toBe(true);
  expect([writes(stack.world), boxes(), await kept()]).toEqual([["delete chair"], ["id-room"], []]);
});

test("while that is there, what it needs besides stays too", async () => {
  await run({ boxes: [{ ...room, args: { fail: "delete" } }, { name: "tree" }, { ...chair, dependsOn: ["tree"] }] });
  expect((await run({})).errors).toBe("cannot remove id-room");
  expect([await kept(), boxes()]).toEqual([["id-chair", "id-room", "id-tree"], ["id-chair", "id-room", "id-tree"]]);
});

test("where that is protected, it is deleted itself", async () => {
  await run({ boxes: [{ ...room, options: { protect: true } }, chair] });
  expect((await run({})).errors).toContain("is protected");
  await run({ boxes: [{ ...room, options: { protect: true } }] });
  expect([writes(stack.world), await kept()]).toEqual([["delete chair"], ["id-room"]]);
});

test("where that is made anew, so is it", async () => {
  const plan = (forceNew: string): Plan => ({ boxes: [{ ...room, args: { forceNew } }, { name: "lamp", options: {}, inside: "room" }] });
  stack.world.unique = true;
  await run(plan("1"));
  const second = await run(plan("2"));
  expect(second).toMatchObject({ succeeded: true, steps: ["replace room", "replace lamp", "delete room", "delete lamp"] });
  expect(writes(stack.world).map((call) => call.replace(/-\d+$/, ""))).toEqual(["create room", "create lamp", "delete room"]);
  expect(await kept()).toEqual(boxes());
  expect((await run(plan("2"))).steps).toEqual(["same room", "same lamp"]);
});

describe("where one that was replaced could not be deleted, and another one has its name,", () => {
  const full = (forceNew: string, args: object = {}): PlannedBox => ({ ...room, args: { forceNew, ...args } });
  beforeEach(async () => {
    stack.world.unique = true;
    await run({ boxes: [full("1", { fail: "delete" }), chair] });
    expect(await run({ boxes: [full("2")] })).toMatchObject({ succeeded: false, errors: expect.stringContaining("cannot remove") as unknown });
    expect(boxes()).toHaveLength(3);
  });

  test("what is in it is deleted itself: it does not go with the other", async () => {
    await run({});
    expect(await kept()).toEqual(boxes());
    expect(boxes()).toEqual([expect.stringMatching(/^id-room-/)]);
  });

  test("it is not forgotten with the other either, when that is deleted to be made anew", async () => {
    await run({ boxes: [full("3", { deleteFirst: true }), chair] });
    expect(await kept()).toEqual(boxes());
  });
});

test("what a killed run was changing may not be in it any more: it is deleted itself", async () => {
  await run({ boxes: [room, chair] });
  const latest = await stack.checkpoint();
  const resource = (await stack.resources()).find(({ id }) => id === "id-chair") ?? {};
  const text = JSON.stringify({ version: 3, checkpoint: { stack: "organization/expproj/dev", latest: { ...latest, pending_operations: [{ resource, type: "updating" }] } } });
  await writeFile(join(stack.directory, ".pulumi", "stacks", "expproj", "dev.json"), text);
  stack.world.boxes.set("id-chair", { name: "chair", created: true, gen: 2 });
  expect((await run({})).errors).toBe("");
  expect([boxes(), await kept()]).toEqual([[], []]);
});

test("what is in what a killed run was deleting is looked at again too, wherever it is declared", async () => {
  await run({ boxes: [room, chair, leg] });
  const latest = await stack.checkpoint();
  const resource = (await stack.resources()).find(({ id }) => id === "id-room") ?? {};
  const text = JSON.stringify({ version: 3, checkpoint: { stack: "organization/expproj/dev", latest: { ...latest, pending_operations: [{ resource, type: "deleting" }] } } });
  await writeFile(join(stack.directory, ".pulumi", "stacks", "expproj", "dev.json"), text);
  stack.world.boxes.clear();
  expect(await run({ boxes: [{ name: "leg" }, { name: "chair", dependsOn: ["leg"] }] })).toMatchObject({ succeeded: true, steps: ["create leg", "create chair", "delete room"] });
  expect([boxes(), await kept()]).toEqual([["id-chair", "id-leg"], ["id-chair", "id-leg"]]);
});

test("what a killed run was taking out of what it was in is deleted by itself: it may be out", async () => {
  await run({ boxes: [room, chair] });
  const latest = await stack.checkpoint();
  const resource = (await stack.resources()).find(({ id }) => id === "id-chair") ?? {};
  const text = JSON.stringify({ version: 3, checkpoint: { stack: "organization/expproj/dev", latest: { ...latest, pending_operations: [{ resource, type: "updating" }] } } });
  await writeFile(join(stack.directory, ".pulumi", "stacks", "expproj", "dev.json"), text);
  stack.world.boxes.set("id-chair", { name: "chair" });
  const done = await run({});
  expect([done.errors, boxes(), await kept()]).toEqual(["", [], []]);
});
