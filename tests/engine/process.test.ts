import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { preview } from "#engine/operations/preview.ts";
import { up } from "#engine/operations/up.ts";
import { isObject } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { expEnvironment, expStack } from "../support/exp-stack.ts";
import type { ExpStack } from "../support/exp-stack.ts";
import type { Plan } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());

const declare = (plan: Plan): Promise<void> => stack.program("plan", { plan: JSON.stringify(plan) });

/** A run in a process of its own: jest keeps the errors that nobody awaits for itself. */
const start = (operation: "up" | "up-at-once" | "preview") =>
  execa(process.execPath, [join(import.meta.dirname, "..", "support", "exp-child.ts"), stack.directory, operation], {
    env: expEnvironment(stack.directory),
    reject: false,
    lines: true,
  });

const told = (lines: readonly string[]): readonly JsonObject[] => lines.map((line) => JSON.parse(line) as JsonObject).filter(isObject);
const errors = (lines: readonly string[]): readonly JsonObject[] => told(lines).filter(({ severity }) => severity === "error");
const ids = async (): Promise<readonly unknown[]> => (await stack.resources()).flatMap(({ id, type }) => (type === "exp:index:Box" ? [id] : []));

test.each<{ name: string; how: Plan }>([
  { name: "throws", how: { throws: "no more" } },
  { name: "rejects without anybody awaiting it", how: { rejects: "no more" } },
])("a program that $name fails once and deletes nothing", async ({ how }) => {
  await declare({ boxes: [{ name: "a" }, { name: "b" }] });
  expect((await stack.run(up)).succeeded).toBe(true);
  const before = await stack.resources();
  await declare({ boxes: [{ name: "a" }], ...how });
  for (const operation of ["preview", "up", "up-at-once"] as const) {
    const { exitCode, stdout } = await start(operation);
    expect(exitCode).toBe(1);
    expect(errors(stdout)).toHaveLength(1);
    expect(errors(stdout)[0]?.["message"]).toContain("no more");
    expect(told(stdout).at(-1)?.["calls"]).not.toContainEqual(expect.stringMatching(/^(create|update|delete)/));
  }
  expect(await ids()).toEqual(["id-a", "id-b"]);
  // What it said in the end it did say.
  if (how.throws !== undefined) expect((await stack.resources())[0]).toEqual(before[0]);
  // The same program without the error does delete.
  await declare({ boxes: [{ name: "a" }] });
  expect((await stack.run(up)).steps).toEqual(["same a", "delete b"]);
});

test.each(["hooks", "calls of component methods", "transforms of the stack", "invoke transforms", "resource hooks", "error hooks", "parameterized packages", "stateMigrations", "existsResource"])("%s is refused by name before anything is touched", async (what) => {
  await stack.program("options", { what });
  const { exitCode, stdout } = await start("up");
  expect(exitCode).toBe(1);
  // The SDK may say in words of its own that the run is over.
  expect(errors(stdout).filter(({ message }) => !JSON.stringify(message).includes("the run has ended"))).toHaveLength(1);
  expect(errors(stdout)[0]?.["message"]).toMatch(new RegExp(`${what}.*use the Pulumi CLI`));
  expect(told(stdout).at(-1)?.["calls"]).not.toContainEqual(expect.stringMatching(/^(create|update|delete)/));
});

test("a program that waits for ever is ended, and says so", async () => {
  await stack.program("stuck");
  const { exitCode, stdout } = await start("up");
  expect(exitCode).toBe(1);
  expect(errors(stdout)[0]?.["message"]).toContain("waits for a value that never comes");
});

test("what was under way when the engine was killed is in the state, and the next run mends it", async () => {
  await declare({ boxes: [{ name: "a" }, { name: "b", args: { delayMs: 20_000 }, dependsOn: ["a"] }] });
  const child = start("up-at-once");
  const until = Date.now() + 10_000;
  while (Date.now() < until) {
    await sleep(20);
    const state = await stack.checkpoint().catch((): JsonObject => ({}));
    if (JSON.stringify(state["pending_operations"] ?? []).includes("Box::b")) break;
  }
  child.kill("SIGKILL");
  await child;
  expect((await stack.checkpoint())["pending_operations"]).toMatchObject([{ type: "creating", resource: { urn: "urn:pulumi:dev::expproj::exp:index:Box::b" } }]);
  expect(await ids()).toEqual(["id-a"]);

  await declare({ boxes: [{ name: "a" }, { name: "b", dependsOn: ["a"] }] });
  const seen = await stack.run(preview);
  expect(seen.diagnostics.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([expect.stringMatching(/^warning: .*was killed while creating/)]);
  const mended = await stack.run(up);
  expect(mended).toMatchObject({ succeeded: true, steps: ["same a", "create b"] });
  expect(await stack.checkpoint()).not.toHaveProperty("pending_operations");
});

describe("a program that declares a resource in a module which it imports", () => {
  const change = async (v: string): Promise<void> => stack.program("by-module", { v });
  const up = async (operation: "up" | "up-once-only") => {
    const { exitCode, stdout } = await execa(process.execPath, [join(import.meta.dirname, "..", "support", "exp-child.ts"), stack.directory, operation], { env: expEnvironment(stack.directory), reject: false, lines: true });
    return { exitCode, lines: stdout };
  };

  test("keeps the resource, run after run", async () => {
    for (const v of ["1", "2", "3"]) {
      await change(v);
      expect(await up("up")).toMatchObject({ exitCode: 0 });
      expect(await ids()).toEqual(expect.arrayContaining(["id-a", "id-b"]));
    }
  });

  test("keeps it also when the module runs only once: what the preview did not show is not deleted", async () => {
    await change("1");
    expect(await up("up")).toMatchObject({ exitCode: 0 });
    await change("2");
    const { exitCode, lines } = await up("up-once-only");
    expect(exitCode).toBe(1);
    expect(errors(lines).map(({ message }) => message)).toEqual([expect.stringContaining("declared this at the preview and not in the run: nothing is made of it, and nothing is deleted")]);
    expect(await ids()).toEqual(expect.arrayContaining(["id-a", "id-b"]));
  });
});
