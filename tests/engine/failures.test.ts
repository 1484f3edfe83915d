import { destroy } from "#engine/operations/destroy.ts";
import { up } from "#engine/operations/up.ts";
import type { UpOptions } from "#engine/operations/up.ts";
import type { OpenStack } from "#engine/open-stack.ts";
import type { RunOptions } from "#engine/operations/run.ts";
import { writes } from "../support/exp.ts";
import { expStack } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import type { Plan } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());

const run = async (plan: Plan, operation: Parameters<ExpStack["run"]>[0] = up, options: Partial<RunOptions> = {}): Promise<ExpRun> => {
  await stack.program("plan", { plan: JSON.stringify(plan) });
  return stack.run(operation, options);
};
const upAtOnce = (open: OpenStack, options: UpOptions): ReturnType<typeof up> => up(open, { ...options, skipPreview: true });
const ids = async (): Promise<readonly unknown[]> => (await stack.resources()).flatMap(({ id, type }) => (type === "exp:index:Box" ? [id] : []));

test("a box that cannot be made stops what needs it, and nothing else", async () => {
  const failed = await run({
    boxes: [
      { name: "slow", args: { delayMs: 150 } },
      { name: "bad", args: { fail: "create", delayMs: 30 } },
      { name: "after", dependsOn: ["bad"] },
      { name: "made-of-it", from: "bad" },
      { name: "below", parent: "after" },
      { name: "later", dependsOn: ["slow"] },
    ],
  });
  expect(failed).toMatchObject({ succeeded: false, changes: { create: 3 } });
  expect(failed.errors).toBe("cannot make bad\nleft as they are, because what they need was not made: after, made-of-it, below");
  expect([...(await ids())].sort()).toEqual(["id-later", "id-slow"]);
  expect((await stack.resources())[0]).toMatchObject({ outputs: { gens: { slow: 1, later: 1 } } });
});

test("with fail-fast it ends the run; what is under way ends, what waits never begins and is named", async () => {
  const failed = await run(
    {
      boxes: [
        { name: "slow", args: { delayMs: 150 } },
        { name: "bad", args: { fail: "create", delayMs: 30 } },
        { name: "after", dependsOn: ["bad"] },
        { name: "later", dependsOn: ["slow"], args: { place: "host-1" } },
      ],
    },
    up,
    { failFast: true },
  );
  expect(failed.succeeded).toBe(false);
  expect(failed.errors).toMatch(/^cannot make bad\na failure ended the run; not begun: (slow, )?after, host-1$/);
  expect((await ids()).filter((id) => id !== "id-slow")).toEqual([]);
  expect(await stack.checkpoint()).not.toHaveProperty("pending_operations");
  const mended = await run({ boxes: [{ name: "slow" }, { name: "bad" }, { name: "after", dependsOn: ["bad"] }] });
  expect(mended.errors).toBe("");
  expect([...(await ids())].sort()).toEqual(["id-after", "id-bad", "id-slow"]);
});

test("a failed update keeps the old state", async () => {
  await run({ boxes: [{ name: "a", args: { size: "small" } }] });
  const failed = await run({ boxes: [{ name: "a", args: { size: "big", fail: "update" } }] });
  expect(failed.succeeded).toBe(false);
  expect((await stack.resources()).find(({ id }) => id === "id-a")).toMatchObject({ inputs: { size: "small" }, outputs: { gen: 1 } });
});

test("a box that came out half done is in the state with its reasons, and the next run updates it", async () => {
  const failed = await run({ boxes: [{ name: "a", args: { fail: "init" } }] });
  expect(failed).toMatchObject({ succeeded: false, errors: "a does not start" });
  expect((await stack.resources()).find(({ id }) => id === "id-a")).toMatchObject({ initErrors: ["a does not start"] });
  const mended = await run({ boxes: [{ name: "a" }] });
  expect(mended.steps).toEqual(["update a"]);
  expect((await stack.resources()).find(({ id }) => id === "id-a")).not.toHaveProperty("initErrors");
});

test("the outputs of a stack that failed are merged with what they were", async () => {
  await run({ boxes: [{ name: "a" }] });
  await run({ boxes: [{ name: "a", args: { size: "big", fail: "update" } }] });
  expect((await stack.resources())[0]).toMatchObject({ outputs: { gens: { a: 1 } } });
});

test("a preview tells every mistake, and nothing is touched", async () => {
  const failed = await run({ boxes: [{ name: "a", args: { size: 1 } }, { name: "b", args: { size: 2 } }, { name: "c" }] });
  expect(failed.diagnostics.flatMap(({ issues = [] }) => issues.map(({ at, message }) => `${at} ${message}`))).toEqual([
    "exp:index:Box a must be a text",
    "exp:index:Box b must be a text",
  ]);
  expect(writes(stack.world)).toEqual([]);
});

test("two resources of one name are refused", async () => {
  const failed = await run({ boxes: [{ name: "a" }, { name: "a" }] });
  expect(failed.errors).toContain("is declared twice");
});

test("a protected box is not deleted, and says so; the others are", async () => {
  await run({ boxes: [{ name: "a", options: { protect: true } }, { name: "b" }] });
  const failed = await run({});
  expect(failed.errors).toContain("is protected");
  expect(await ids()).toEqual(["id-a", "id-b"]);
  const destroyed = await run({}, destroy);
  expect(destroyed.errors).toContain("is protected");
  expect(writes(stack.world)).toEqual(["create a", "create b"]);
});

test("a protected box is not replaced", async () => {
  await run({ boxes: [{ name: "a", args: { forceNew: "1" }, options: { protect: true } }] });
  const failed = await run({ boxes: [{ name: "a", args: { forceNew: "2" }, options: { protect: true } }] });
  expect(failed.errors).toContain("must be replaced, and is protected");
});

test("a box that cannot be deleted stays with all that it needs", async () => {
  await run({ boxes: [{ name: "a" }, { name: "b", args: { fail: "delete" }, dependsOn: ["a"] }, { name: "c", dependsOn: ["b"] }] });
  const failed = await run({});
  expect(failed).toMatchObject({ succeeded: false, errors: "cannot remove id-b" });
  expect(await ids()).toEqual(["id-a", "id-b"]);
});

test("a replacement that fails after the delete is completed by the next run", async () => {
  await run({ boxes: [{ name: "a", args: { forceNew: "1", deleteFirst: true } }] });
  const failed = await run({ boxes: [{ name: "a", args: { forceNew: "2", deleteFirst: true, fail: "create" } }] });
  expect(failed.errors).toBe("cannot make a");
  expect((await stack.resources()).find(({ id }) => id === "id-a")).toMatchObject({ pendingReplacement: true });
  const mended = await run({ boxes: [{ name: "a", args: { forceNew: "2", deleteFirst: true } }] });
  expect(mended.steps).toEqual(["create a"]);
  expect(await ids()).toEqual(["id-a"]);
});

test("an aborted run ends what is under way and begins nothing more", async () => {
  const abort = new AbortController();
  await stack.program("plan", { plan: JSON.stringify({ boxes: [{ name: "a", args: { delayMs: 300 } }, { name: "b", dependsOn: ["a"] }] }) });
  const ended = await stack.run(upAtOnce, {
    signal: abort.signal,
    onEvent: (event) => {
      if (event.event === "resource-pre" && event.name === "a") setTimeout(() => abort.abort(), 50);
    },
  });
  expect(ended.succeeded).toBe(false);
  expect(await ids()).toEqual(["id-a"]);
  expect(stack.world.calls).toContain("cancel");
});
