import { preview } from "#engine/operations/preview.ts";
import { up } from "#engine/operations/up.ts";
import { isObject } from "#model/value.ts";
import { writes } from "../support/exp.ts";
import { recordedStack, resourcesOf } from "../support/recorded-stack.ts";
import type { RecordedStack } from "../support/recorded-stack.ts";

let stack: RecordedStack;
afterEach(() => stack.remove());

test.each([
  { name: "component-and-secret", same: 3 },
  { name: "dependencies-and-timeouts", same: 4 },
] as const)("the stack $name of the Pulumi CLI is all the same, without one write to the world or the state", async ({ name, same }) => {
  stack = await recordedStack(name);
  const seen = await stack.run(preview);
  expect(seen.errors).toBe("");
  expect(seen.changes).toEqual({ same });
  const run = await stack.run(up);
  expect(run).toMatchObject({ succeeded: true, changes: { same } });
  expect(writes(stack.world)).toEqual([]);
  expect(await stack.checkpoint()).toEqual(stack.recorded);
});

test("a change to a stack of the Pulumi CLI leaves everything else in its state as it was", async () => {
  stack = await recordedStack("component-and-secret", { config: (text) => text.replace('deep: "z"', 'deep: "y"') });
  const run = await stack.run(up);
  expect(run.errors).toBe("");
  expect(run.steps.filter((step) => !step.startsWith("same"))).toEqual(["update g-0"]);
  const was = resourcesOf(stack.recorded);
  const is = await stack.resources();
  expect(is.slice(0, 3)).toEqual(was.slice(0, 3));
  const [before, after] = [was[3] ?? {}, is[3] ?? {}];
  expect(after).toMatchObject({ inputs: { spec: { nested: { list: [1, 2, { deep: "y" }] } } }, outputs: { gen: 3 } });
  for (const key of ["urn", "id", "created", "provider", "parent", "propertyDependencies", "stackTrace", "sourcePosition"]) expect(after[key]).toEqual(before[key]);
  // The ciphertext of a secret that did not change stays.
  expect(isObject(after["inputs"]) && after["inputs"]["token"]).toEqual(isObject(before["inputs"]) && before["inputs"]["token"]);
});
