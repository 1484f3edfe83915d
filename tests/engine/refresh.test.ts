import { destroy } from "#engine/operations/destroy.ts";
import type { DestroyOptions } from "#engine/operations/destroy.ts";
import { refresh } from "#engine/operations/refresh.ts";
import type { RefreshOptions } from "#engine/operations/refresh.ts";
import { up } from "#engine/operations/up.ts";
import type { OpenStack } from "#engine/open-stack.ts";
import { readHistory } from "#engine/history.ts";
import type { HistoryRecord } from "#engine/history.ts";
import type { RunResult } from "#engine/operations/run.ts";
import { writes } from "../support/exp.ts";
import { expStack } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import type { Plan } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());

const run = async (plan: Plan): Promise<ExpRun> => {
  await stack.program("plan", { plan: JSON.stringify(plan) });
  return stack.run(up);
};
const lookOnly = (open: OpenStack, options: RefreshOptions): Promise<RunResult> => refresh(open, { ...options, previewOnly: true });
const box = async (id: string): Promise<unknown> => (await stack.resources()).find((state) => state["id"] === id);

test("without drift a refresh finds everything the same and writes the same state", async () => {
  await run({ boxes: [{ name: "a", secret: "s3cret" }, { name: "b", from: "a" }] });
  const before = await stack.resources();
  const seen = await stack.run(refresh);
  expect(seen).toMatchObject({ succeeded: true, changes: { same: 2 } });
  expect(await stack.resources()).toEqual(before);
});

test("drift is found, told with its path, and put into the state; the next run repairs it", async () => {
  const plan: Plan = { boxes: [{ name: "a", args: { size: "small" }, secret: "s3cret" }, { name: "b" }] };
  await run(plan);
  stack.world.boxes.set("id-a", { ...stack.world.boxes.get("id-a"), size: "tampered" });
  const only = await stack.run(lookOnly);
  expect(only).toMatchObject({ succeeded: true, changes: { update: 1, same: 1 } });
  expect(await box("id-a")).toMatchObject({ outputs: { size: "small" } });
  const found = await stack.run(refresh);
  expect(found.steps).toEqual(expect.arrayContaining(["update a", "same b"]));
  expect(found.events).toContainEqual(expect.objectContaining({ event: "resource-outputs", op: "update", name: "a", detailedDiff: { size: { kind: "update", inputDiff: true } } }));
  expect(await box("id-a")).toMatchObject({ inputs: { size: "tampered" }, outputs: { size: "tampered" } });
  expect(await box("id-a")).toHaveProperty("outputs.token.ciphertext");
  expect(JSON.stringify(await stack.checkpoint())).not.toContain("s3cret");
  expect([...(await run(plan)).steps].sort()).toEqual(["same b", "update a"]);
  expect(stack.world.boxes.get("id-a")).toMatchObject({ size: "small" });
});

test("a box that is gone is forgotten with what refers to it, and made again by the next run", async () => {
  const plan: Plan = { boxes: [{ name: "a" }, { name: "b", from: "a" }] };
  await run(plan);
  stack.world.boxes.delete("id-a");
  const found = await stack.run(refresh);
  expect(found).toMatchObject({ succeeded: true, changes: { delete: 1, same: 1 } });
  expect(await box("id-b")).toMatchObject({ propertyDependencies: { spec: [] } });
  expect(await box("id-b")).not.toHaveProperty("dependencies");
  expect((await run(plan)).steps).toEqual(["create a", "same b"]);
});

test("destroy needs no program, deletes in reverse order and leaves nothing", async () => {
  await run({ groups: [{ name: "g", count: 2 }], boxes: [{ name: "a" }, { name: "b", from: "a" }] });
  await stack.program("not-there");
  const only = await stack.run((open: OpenStack, options: DestroyOptions) => destroy(open, { ...options, previewOnly: true }));
  expect(only).toMatchObject({ succeeded: true, changes: { delete: 6 } });
  expect(stack.world.boxes.size).toBe(4);
  stack.world.calls.length = 0;
  const gone = await stack.run(destroy);
  expect(gone).toMatchObject({ succeeded: true, changes: { delete: 6 } });
  const order = writes(stack.world);
  expect(order.indexOf("delete b")).toBeLessThan(order.indexOf("delete a"));
  expect(stack.world.boxes.size).toBe(0);
  expect(await stack.resources()).toEqual([]);
});

test("every run is in the history, with what it did", async () => {
  await run({ boxes: [{ name: "a" }] });
  await run({ boxes: [{ name: "a", args: { fail: "update", size: "big" } }] });
  let records: readonly HistoryRecord[] = [];
  await stack.run(async (open, options) => {
    const result = await destroy(open, options);
    records = await readHistory(open.place);
    return result;
  });
  expect(records.map(({ kind, result, resourceChanges }) => ({ kind, result, resourceChanges }))).toEqual([
    { kind: "destroy", result: "succeeded", resourceChanges: { delete: 2 } },
    { kind: "update", result: "failed", resourceChanges: { same: 1 } },
    { kind: "update", result: "succeeded", resourceChanges: { create: 2 } },
  ]);
});
