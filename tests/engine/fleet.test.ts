import { batchSizes } from "#engine/batches.ts";
import { destroy } from "#engine/operations/destroy.ts";
import { preview } from "#engine/operations/preview.ts";
import { refresh } from "#engine/operations/refresh.ts";
import type { RunOptions } from "#engine/operations/run.ts";
import { up } from "#engine/operations/up.ts";
import { writes } from "../support/exp.ts";
import { expStack } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import type { Plan, PlannedBox } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());

const run = async (plan: Plan, operation: Parameters<ExpStack["run"]>[0] = up, options: Partial<RunOptions> = {}): Promise<ExpRun> => {
  await stack.program("plan", { plan: JSON.stringify(plan) });
  return stack.run(operation, options);
};
const on = (place: string, args: PlannedBox["args"] = {}, more: Partial<PlannedBox> = {}): PlannedBox => ({ name: `on-${place}`, ...more, args: { ...args, place } });
const ids = async (): Promise<readonly unknown[]> => (await stack.resources()).flatMap(({ id, type }) => (type === "exp:index:Box" ? [id] : [])).sort();
const postponed = ({ events }: ExpRun): readonly string[] => events.flatMap((event) => (event.event === "resource-outputs" && event.postponed !== undefined ? [`${event.postponed} ${event.op} ${event.name}`] : []));

describe("a machine that does not answer", () => {
  test.each(["queued", "forgotten"] as const)("create, %s: the others are made, it is made when it answers", async (how) => {
    stack.world.silent.set("b", how);
    const plan: Plan = { boxes: [on("a"), on("b"), on("c")] };
    const first = await run(plan);
    expect([first.succeeded, first.errors, first.changes["create"], postponed(first)]).toEqual([true, "", 3, [`${how} create on-b`]]);
    expect(writes(stack.world)).toEqual(["create on-a", "create on-c"]);
    stack.world.silent.clear();
    expect(await stack.run(preview)).toMatchObject({ succeeded: true });
  });

  test("update, queued: it keeps its outputs, and what is made of them goes on", async () => {
    const boxes: readonly PlannedBox[] = [on("a", { size: "s" }), on("b", { size: "s" }), { name: "made-of-b", from: "on-b" }];
    await run({ boxes });
    stack.world.silent.set("b", "queued");
    const second = await run({ boxes: [on("a", { size: "l" }), on("b", { size: "l" }), { name: "made-of-b", from: "on-b" }] });
    expect([second.succeeded, second.diagnostics, postponed(second), second.changes]).toEqual([true, [], ["queued update on-b"], { same: 2, update: 1 }]);
    expect((await stack.resources()).find(({ id }) => id === "id-on-b")).toMatchObject({ outputs: { size: "s", gen: 1 } });
  });

  test("create, queued: what is made of its outputs is left alone, and not deleted; nothing fails", async () => {
    await run({ boxes: [{ name: "made-of-b" }] });
    stack.world.silent.set("b", "queued");
    const second = await run({ boxes: [on("b"), { name: "made-of-b", from: "on-b" }] });
    expect([second.succeeded, second.diagnostics.map(({ message }) => message)]).toEqual([true, ["left as they are, because what they need was not made: made-of-b"]]);
    expect(await ids()).toEqual(["id-made-of-b", "id-on-b"]);
  });

  test("what a postponed one still needs is not deleted", async () => {
    await run({ boxes: [{ name: "below" }, { name: "gone" }, on("b", { size: "s" }, { dependsOn: ["below"] })] });
    stack.world.silent.set("b", "queued");
    const second = await run({ boxes: [on("b", { size: "l" })] });
    expect(second.succeeded).toBe(true);
    await run({ boxes: [on("b", { size: "l" })] });
    expect(writes(stack.world).slice(3)).toEqual(["delete gone"]);
    stack.world.silent.clear();
    await run({ boxes: [on("b", { size: "l" })] });
    expect(await ids()).toEqual(["id-on-b"]);
  });

  test("delete, queued: it stays in the state with what it needs until it answers", async () => {
    await run({ boxes: [{ name: "below" }, on("b", {}, { dependsOn: ["below"] }), on("c")] });
    stack.world.silent.set("b", "queued");
    const second = await run({ boxes: [] });
    expect([second.succeeded, second.changes["delete"], postponed(second), await ids()]).toEqual([true, 1, ["queued delete on-b"], ["id-below", "id-on-b"]]);
    const third = await run({ boxes: [] }, destroy);
    expect([third.succeeded, await ids()]).toEqual([true, ["id-below", "id-on-b"]]);
    stack.world.silent.clear();
    const last = await run({ boxes: [] }, destroy);
    expect([last.succeeded, await stack.resources()]).toEqual([true, []]);
    expect(stack.world.boxes.size).toBe(0);
  });

  test("delete, forgotten: it is gone from the state", async () => {
    await run({ boxes: [on("b")] });
    stack.world.silent.set("b", "forgotten");
    const gone = await run({ boxes: [] }, destroy);
    expect([gone.succeeded, postponed(gone), await stack.resources()]).toEqual([true, ["forgotten delete on-b"], []]);
    expect(stack.world.boxes.size).toBe(1);
  });
});

describe("faults", () => {
  test("of one machine at preview: the others are changed, it fails, nothing is deleted", async () => {
    await run({ boxes: [on("a", { size: "s" }), on("b"), { name: "gone" }] });
    const second = await run({ boxes: [on("a", { size: "l" }), on("b", { fail: "fault" })] });
    expect([second.succeeded, second.errors]).toEqual([false, "cannot compare id-on-b"]);
    expect(writes(stack.world).slice(3)).toEqual(["update on-a"]);
    expect(await ids()).toEqual(["id-gone", "id-on-a", "id-on-b"]);
  });

  test("mistakes and bugs at preview stop all, before anything is touched", async () => {
    await run({ boxes: [on("a", { size: "s" })] });
    const second = await run({ boxes: [on("a", { size: "l" }), on("b", { size: 1 })] });
    expect([second.succeeded, writes(stack.world)]).toEqual([false, ["create on-a"]]);
  });

  test("of one machine in a refresh and a destroy: the others go on", async () => {
    await run({ boxes: [on("a", { fail: "delete" }), on("b"), on("c", {}, { dependsOn: ["on-a"] })] });
    const gone = await run({}, destroy);
    expect([gone.errors, await ids()]).toEqual(["cannot remove id-on-a", ["id-on-a"]]);
  });
});

describe("batches", () => {
  const plan = (boxes: readonly PlannedBox[]): Plan => ({ boxes });
  const batch = batchSizes("1,2,rest");

  test("in order, each after the one before", async () => {
    const made = await run(plan(["a", "b", "c", "d", "e"].map((place) => on(place, { delayMs: place === "a" ? 100 : 10 }))), up, { batch });
    expect(made.errors).toBe("");
    const order = writes(stack.world);
    expect([order[0], [...order.slice(1, 3)].sort(), [...order.slice(3)].sort()]).toEqual(["create on-a", ["create on-b", "create on-c"], ["create on-d", "create on-e"]]);
  });

  test("what is on no machine waits for no batch, and machines that need it do", async () => {
    const made = await run(plan([{ name: "made-first" }, on("a"), on("b", {}, { dependsOn: ["made-first"] }), on("c", {}, { dependsOn: ["on-a"] })]), up, { batch: batchSizes("1,rest") });
    expect([made.errors, await ids()]).toEqual(["", ["id-made-first", "id-on-a", "id-on-b", "id-on-c"]]);
  });

  test("one that fails stops the rest, which are named; what hangs on them is not named as well", async () => {
    const made = await run(plan([on("a"), on("b", { fail: "create" }), on("c"), on("d"), on("e", {}, { dependsOn: ["on-d"] }), on("d", {}, { name: "second", dependsOn: ["on-d"] })]), up, { batch });
    expect(made.errors).toBe("cannot make on-b\nbatch 2 of 3 failed; not begun: d\nleft as they are, because what they need was not made: on-e");
    expect(await ids()).toEqual(["id-on-a", "id-on-c"]);
  });
});

describe("a time budget", () => {
  /** Ends the run when so many steps of the phase have begun. */
  const endAfter = (phase: "update" | "delete", steps: number): Pick<RunOptions, "signal" | "onEvent"> => {
    const abort = new AbortController();
    let [isThere, begun] = [false, 0];
    return {
      signal: abort.signal,
      onEvent: (event) => {
        if (event.event === "phase") isThere = event.phase === phase;
        if (isThere && event.event === "resource-pre" && event.custom && (begun += 1) === steps) abort.abort(new DOMException("", "TimeoutError"));
      },
    };
  };
  const boxes = ["a", "b", "c", "d"].map((place) => on(place, { delayMs: 100 }));

  test("of up: what is under way ends, what was not begun is named", async () => {
    const first = await run({ boxes }, up, { parallel: 2, ...endAfter("update", 2) });
    const [, names = ""] = /^the time budget is over; not begun: (\w, \w)$/.exec(first.errors) ?? [];
    expect([first.succeeded, [...(await ids()), ...names.split(", ").map((name) => `id-on-${name}`)].sort()]).toEqual([false, ["id-on-a", "id-on-b", "id-on-c", "id-on-d"]]);
  });

  test("of destroy and refresh", async () => {
    await run({ boxes });
    const gone = await run({}, destroy, { parallel: 1, ...endAfter("delete", 1) });
    expect([gone.errors, (await ids()).length]).toEqual([expect.stringMatching(/^the time budget is over; not begun: \w, \w, \w$/), 3]);
    const read = await run({}, refresh, { signal: AbortSignal.abort(new DOMException("", "TimeoutError")) });
    expect(read.errors).toMatch(/^the time budget is over; not begun: \w, \w, \w$/);
  });
});
