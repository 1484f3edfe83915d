import { destroy } from "#engine/operations/destroy.ts";
import type { DestroyOptions } from "#engine/operations/destroy.ts";
import { preview } from "#engine/operations/preview.ts";
import { up } from "#engine/operations/up.ts";
import { Fault } from "#model/fault.ts";
import { expProvider, writes } from "../support/exp.ts";
import { expStack, runPlan } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import type { Plan } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());

/** Runs an operation that refreshes first. */
const refreshed = (plan: Plan, operation: typeof up = up): Promise<ExpRun> => runPlan(stack, plan, (open, options) => operation(open, { ...options, refresh: true }));
const phases = ({ events }: ExpRun): readonly string[] => events.flatMap((event) => (event.event === "phase" ? [event.phase] : []));
const plan: Plan = { boxes: [{ name: "a", args: { size: "small" } }, { name: "b", dependsOn: ["a"] }] };

/** A world that somebody else has changed. */
async function drifted(): Promise<void> {
  await runPlan(stack, plan);
  stack.world.boxes.set("id-a", { ...stack.world.boxes.get("id-a"), size: "tampered" });
  stack.world.boxes.delete("id-b");
}

test("an up that refreshes repairs what its provider does not look at by itself", async () => {
  await drifted();
  expect((await runPlan(stack, plan)).steps).toEqual(["same a", "same b"]);
  const done = await refreshed(plan);
  expect([done.errors, phases(done), writes(stack.world)]).toEqual(["", ["refresh", "preview", "update"], ["update a", "create b"]]);
  expect(stack.world.boxes.get("id-a")).toMatchObject({ size: "small" });
  expect((await refreshed(plan)).steps).toEqual(["same a", "same b"]);
});

test("a preview that refreshes shows it, and writes nothing", async () => {
  await drifted();
  const before = await stack.checkpoint();
  const seen = await refreshed(plan, preview);
  expect([seen.errors, seen.steps, seen.changes]).toEqual(["", ["update a", "create b"], { same: 1, update: 1, create: 1 }]);
  expect([writes(stack.world), await stack.checkpoint()]).toEqual([[], before]);
});

test("what is only found out by the refresh is in the state, also when the program fails then", async () => {
  await drifted();
  const failed = await refreshed({ boxes: [{ name: "a", args: { size: 1 } }] });
  expect([failed.succeeded, writes(stack.world)]).toEqual([false, []]);
  expect((await stack.resources()).map(({ id }) => id)).not.toContain("id-b");
});

test("a destroy that refreshes forgets what is gone already, and its preview writes nothing", async () => {
  await drifted();
  const before = await stack.checkpoint();
  const only = await refreshed({}, (open, options: DestroyOptions) => destroy(open, { ...options, previewOnly: true }));
  expect([only.changes, await stack.checkpoint()]).toEqual([{ delete: 2 }, before]);
  const gone = await refreshed({}, destroy);
  expect([gone.errors, writes(stack.world), await stack.resources()]).toEqual(["", ["delete a"], []]);
});

test("with targets it reads them only", async () => {
  await drifted();
  const done = await runPlan(stack, plan, (open, options) => up(open, { ...options, refresh: true, targets: { asked: ["b"], mode: "target", withDependents: false } }));
  expect([done.errors, stack.world.calls.filter((call) => call.startsWith("read")), writes(stack.world)]).toEqual(["", ["read b"], ["create b"]]);
});

test.each([
  { failFast: false, calls: ["create b"] },
  { failFast: true, calls: [] },
])("what cannot be read fails the run, which goes on with the rest unless it fails fast: $failFast", async ({ failFast, calls }) => {
  await drifted();
  const done = await runPlan(stack, plan, (open, options) =>
    up(open, {
      ...options,
      failFast,
      refresh: true,
      loadProvider: (_, report) => {
        const real = expProvider(stack.world, report);
        const read: typeof real.read = (request) => (request.id === "id-a" ? Promise.reject(new Fault("host.locked", { host: "h", hostState: "untouched", detail: { holder: "x" }, message: "cannot read a" })) : real.read(request));
        return Promise.resolve({ ...real, read });
      },
    }),
  );
  expect([done.succeeded, done.errors, writes(stack.world)]).toEqual([false, expect.stringContaining("cannot read a"), calls]);
});
