import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { preview } from "#engine/operations/preview.ts";
import { up } from "#engine/operations/up.ts";
import { isObject } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { writes } from "../support/exp.ts";
import { expStack, plant } from "../support/exp-stack.ts";
import type { ExpStack } from "../support/exp-stack.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "pulumi-state");
const stacks: ExpStack[] = [];
afterEach(() => Promise.all(stacks.splice(0).map((stack) => stack.remove())));

const latest = (text: string): JsonObject => {
  const json = JSON.parse(text) as JsonObject;
  return isObject(json["checkpoint"]) && isObject(json["checkpoint"]["latest"]) ? json["checkpoint"]["latest"] : {};
};

/** A stack that the Pulumi CLI made, with the program that made it. */
async function taken(name: string, stack: string, config: (text: string) => string = (text) => text): Promise<{ stack: ExpStack; text: string }> {
  const made = await expStack(stack);
  stacks.push(made);
  await made.program(name);
  const text = await readFile(join(FIXTURES, `${name}.json`), "utf8");
  await plant(made.directory, stack, text, config(await readFile(join(FIXTURES, `${name}.config.yaml`), "utf8")));
  return { stack: made, text };
}

test.each([
  { name: "component-and-secret", stack: "dev", same: 3 },
  { name: "dependencies-and-timeouts", stack: "three", same: 4 },
])("the stack $name of the Pulumi CLI is all the same, without one write to the world or the state", async ({ name, stack: stackName, same }) => {
  const { stack, text } = await taken(name, stackName);
  const seen = await stack.run(preview);
  expect(seen.errors).toBe("");
  expect(seen.changes).toEqual({ same });
  const run = await stack.run(up);
  expect(run).toMatchObject({ succeeded: true, changes: { same } });
  expect(writes(stack.world)).toEqual([]);
  expect(await stack.checkpoint()).toEqual(latest(text));
});

test("a change to a stack of the Pulumi CLI leaves everything else in its state as it was", async () => {
  const { stack, text } = await taken("component-and-secret", "dev", (config) => config.replace('deep: "z"', 'deep: "y"'));
  const run = await stack.run(up);
  expect(run.errors).toBe("");
  expect(run.steps.filter((step) => !step.startsWith("same"))).toEqual(["update g-0"]);
  const was = latest(text)["resources"];
  const is = await stack.resources();
  if (!Array.isArray(was)) throw new Error("the fixture has no resources");
  expect(is.slice(0, 3)).toEqual(was.slice(0, 3));
  const [before, after] = [was[3] as JsonObject, is[3] ?? {}];
  expect(after).toMatchObject({ inputs: { spec: { nested: { list: [1, 2, { deep: "y" }] } } }, outputs: { gen: 3 } });
  for (const key of ["urn", "id", "created", "provider", "parent", "propertyDependencies", "stackTrace", "sourcePosition"]) expect(after[key]).toEqual(before[key]);
  // The ciphertext of a secret that did not change stays.
  expect(isObject(after["inputs"]) && after["inputs"]["token"]).toEqual(isObject(before["inputs"]) && before["inputs"]["token"]);
});
