import { up } from "#engine/operations/up.ts";
import type { JsonObject } from "#model/value.ts";
import { writes } from "../support/exp.ts";
import { runPlan } from "../support/exp-stack.ts";
import { recordedStack, resourcesOf } from "../support/recorded-stack.ts";
import type { RecordedStack } from "../support/recorded-stack.ts";

/** Point 5: replacements that delete first, in a stack of the Pulumi CLI. */
let stack: RecordedStack;
afterEach(() => stack.remove());

/** The state of `b` with more fields. */
const withB = (more: JsonObject) => (latest: JsonObject): JsonObject => ({ ...latest, resources: resourcesOf(latest).map((one) => (one["id"] === "id-b" ? { ...one, ...more } : one)) });

test("what needs it, and cannot change with it, goes before, asked with unknown inputs", async () => {
  stack = await recordedStack("dependencies-and-timeouts", { latest: withB({ replaceOnChanges: ["spec"] }) });
  const run = await runPlan(stack, {
    boxes: [
      { name: "a", args: { spec: { v: "1" }, forceNew: "x", deleteFirst: true } },
      { name: "b", from: "a", options: { replaceOnChanges: ["spec"] } },
      { name: "c", dependsOn: ["b"] },
    ],
  });
  expect(run.errors).toBe("");
  expect(writes(stack.world).slice(0, 4)).toEqual(["delete b", "delete a", "create a", "create b"]);
  expect(stack.world.calls.indexOf("diff id-b")).toBeLessThan(stack.world.calls.indexOf("delete b"));
  expect([...stack.world.boxes.keys()].sort()).toEqual(["id-a", "id-b", "id-c"]);
});

test("what a run deleted in order to replace it is made, and not deleted again", async () => {
  stack = await recordedStack("dependencies-and-timeouts", { latest: withB({ pendingReplacement: true }) });
  stack.world.boxes.delete("id-b");
  const run = await stack.run(up);
  expect([run.errors, run.steps, writes(stack.world)]).toEqual(["", ["same a", "create b", "same c"], ["create b"]]);
  expect((await stack.resources()).filter(({ pendingReplacement }) => pendingReplacement === true)).toEqual([]);
  expect(await stack.run(up)).toMatchObject({ succeeded: true, changes: { same: 4 } });
});
