import { join } from "node:path";
import { execa } from "execa";
import { up } from "#engine/operations/up.ts";
import { isObject } from "#model/value.ts";
import { writes } from "../support/exp.ts";
import { expEnvironment, runPlan } from "../support/exp-stack.ts";
import { recordedStack, resourcesOf } from "../support/recorded-stack.ts";
import type { RecordedStack } from "../support/recorded-stack.ts";

/** Points 7 and 15: a program that fails deletes nothing of a stack of the Pulumi CLI, and takes none of its outputs. */
let stack: RecordedStack;
beforeEach(async () => {
  stack = await recordedStack("dependencies-and-timeouts");
});
afterEach(() => stack.remove());

test("a program that fails, before it declares anything or after: the state stays, and the healthy program finds all as it was", async () => {
  for (const boxes of [[], [{ name: "a", args: { spec: { v: "1" } } }]]) {
    // In a process of its own: jest keeps the errors that nobody awaits for itself.
    await stack.program("plan", { plan: JSON.stringify({ boxes, throws: "no more" }) });
    const child = join(import.meta.dirname, "../support/exp-child.ts");
    const { exitCode, stdout } = await execa(process.execPath, [child, stack.directory, "up-at-once", "three"], { env: expEnvironment(stack.directory), reject: false });
    expect(exitCode).toBe(1);
    expect(stdout).toContain("no more");
    expect(writes({ ...stack.world, calls: (JSON.parse(stdout.split("\n").at(-1) ?? "{}") as { calls: string[] }).calls })).toEqual([]);
    expect(await stack.resources()).toEqual(resourcesOf(stack.recorded));
  }
  await stack.program("dependencies-and-timeouts");
  expect(await stack.run(up)).toMatchObject({ succeeded: true, changes: { same: 4 } });
  expect(await stack.resources()).toEqual(resourcesOf(stack.recorded));
});

test("a resource that fails in the run: nothing is deleted, outputs are merged, secret ones keep their ciphertext", async () => {
  const run = await runPlan(stack, { boxes: [{ name: "a", args: { spec: { v: "1" } } }, { name: "b", args: { fail: "update" } }] });
  expect([run.succeeded, run.errors, writes(stack.world)]).toEqual([false, "cannot change id-b", ["update b"]]);
  const [was, is] = [resourcesOf(stack.recorded), await stack.resources()].map(([first]) => first?.["outputs"]);
  expect(isObject(was) && isObject(was["bgen"])).toBe(true);
  expect(is).toEqual({ ...(isObject(was) ? was : {}), gens: { a: 1 } });
  expect((await stack.resources()).map(({ urn }) => urn).sort()).toEqual(resourcesOf(stack.recorded).map(({ urn }) => urn).sort());
});
