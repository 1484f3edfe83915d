import { destroy } from "#engine/operations/destroy.ts";
import { refresh } from "#engine/operations/refresh.ts";
import { up } from "#engine/operations/up.ts";
import { secret } from "#model/value.ts";
import { expProvider, writes } from "../support/exp.ts";
import { expStack, runPlan } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import type { Plan, PlannedBox } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());

const run = (plan: Plan, operation?: Parameters<ExpStack["run"]>[0]): Promise<ExpRun> => runPlan(stack, plan, operation);
const a = (args: PlannedBox["args"] = {}, options: PlannedBox["options"] = {}): Plan => ({ boxes: [{ name: "a", args, options }] });
const state = async (name: string): Promise<unknown> => (await stack.resources()).find(({ id }) => id === `id-${name}`);

describe("customTimeouts", () => {
  const told: string[] = [];
  const timed = (plan: Plan, operation: typeof up = up): Promise<ExpRun> =>
    runPlan(stack, plan, (open, options) =>
      operation(open, {
        ...options,
        loadProvider: (_, report) => {
          const real = expProvider(stack.world, report);
          const note = (verb: string, { timeoutSeconds, preview }: { timeoutSeconds: number; preview?: boolean }): void => {
            if (preview !== true) told.push(`${verb} ${timeoutSeconds.toString()}`);
          };
          return Promise.resolve({
            ...real,
            create: (request) => (note("create", request), real.create(request)),
            update: (request) => (note("update", request), real.update(request)),
            delete: (request) => (note("delete", request), real.delete(request)),
          });
        },
      }),
    );
  beforeEach(() => {
    told.length = 0;
  });

  test("are handed to the provider in seconds, those of a delete from the state", async () => {
    const customTimeouts = { create: "7m", update: "90s", delete: "1h30m" };
    await timed(a({ forceNew: "1" }, { customTimeouts }));
    await timed(a({ forceNew: "1", size: "big" }, { customTimeouts }));
    await timed(a({ forceNew: "2" }, { customTimeouts: { create: "1s", delete: "2s" } }));
    expect(await state("a")).toMatchObject({ customTimeouts: { create: 1, delete: 2 } });
    await timed({}, destroy);
    expect(told).toEqual(["create 420", "update 90", "create 1", "delete 5400", "delete 2"]);
  });

  test("are none where the program says none, and the state changes with them", async () => {
    await timed(a({}, { customTimeouts: { create: "1m" } }));
    expect((await timed(a())).steps).toEqual(["same a"]);
    expect(await state("a")).not.toHaveProperty("customTimeouts");
    await timed({});
    expect(told).toEqual(["create 60", "delete 0"]);
  });

  test("that are none are refused", async () => {
    expect((await timed(a({}, { customTimeouts: { create: "soon" } }))).errors).toMatch(/customTimeouts\.create.*soon/);
    expect(told).toEqual([]);
  });
});

describe("protect", () => {
  test("comes from the component, and is lifted by the program", async () => {
    const group = (protect: boolean): Plan => ({ groups: [{ name: "g", count: 1, options: { protect } }] });
    await run(group(true));
    expect(await state("g-0")).toMatchObject({ protect: true });
    expect([(await run({})).errors, writes(stack.world)]).toEqual([expect.stringContaining("is protected"), []]);
    expect((await run(group(false))).errors).toBe("");
    expect([(await run({})).errors, writes(stack.world)]).toEqual(["", ["delete g-0"]]);
  });

  test("allows an update, and a refresh that finds it gone", async () => {
    await run(a({}, { protect: true }));
    expect((await run(a({ size: "big" }, { protect: true }))).steps).toEqual(["update a"]);
    stack.world.boxes.clear();
    expect((await run({}, refresh)).steps).toEqual(["delete a"]);
  });
});

describe("retainOnDelete", () => {
  test.each<{ name: string; then: Plan; operation?: typeof up; calls: readonly string[]; left: number }>([
    { name: "no longer declared", then: {}, calls: [], left: 1 },
    { name: "destroyed", then: {}, operation: destroy, calls: [], left: 1 },
    { name: "made anew", then: a({ name: "b" }, { retainOnDelete: true }), calls: ["create b"], left: 2 },
    { name: "made anew, deleted first", then: a({ name: "b", deleteFirst: true }, { retainOnDelete: true }), calls: ["create b"], left: 2 },
  ])("leaves what is $name where it is", async ({ then, operation, calls, left }) => {
    await run(a({}, { retainOnDelete: true }));
    const done = await run(then, operation);
    expect([done.errors, writes(stack.world), stack.world.boxes.size]).toEqual(["", calls, left]);
    expect(await state("a")).toBeUndefined();
  });
});

describe("additionalSecretOutputs", () => {
  test("hide an output of a resource that stays, and show it no more when they are gone and it changes", async () => {
    await run(a());
    expect(await state("a")).toMatchObject({ outputs: { gen: 1 } });
    await run(a({ size: "big" }, { additionalSecretOutputs: ["gen"] }));
    expect(await state("a")).toHaveProperty("outputs.gen.ciphertext");
    stack.world.boxes.set("id-a", { ...stack.world.boxes.get("id-a"), size: "tampered" });
    await run({}, refresh);
    expect(await state("a")).toHaveProperty("outputs.gen.ciphertext");
    await run(a({ size: "small" }));
    expect(await state("a")).toMatchObject({ outputs: { gen: 3 } });
  });
});

describe("ignoreChanges", () => {
  const ignoring = { ignoreChanges: ["spec.x", "size"] };
  test.each<{ name: string; args: PlannedBox["args"]; steps: readonly string[]; spec: object }>([
    { name: "what is ignored", args: { spec: { x: 2, y: 1 } }, steps: ["same a"], spec: { x: 1, y: 1 } },
    { name: "what is not", args: { spec: { x: 2, y: 2 } }, steps: ["update a"], spec: { x: 1, y: 2 } },
  ])("keeps the last value of $name", async ({ args, steps, spec }) => {
    await run(a({ spec: { x: 1, y: 1 } }, ignoring));
    expect((await run(a(args, ignoring))).steps).toEqual(steps);
    expect(await state("a")).toMatchObject({ inputs: { spec } });
  });

  test("leaves alone what was changed elsewhere and refreshed", async () => {
    await run(a({ size: "small" }, ignoring));
    stack.world.boxes.set("id-a", { ...stack.world.boxes.get("id-a"), size: "tampered" });
    await run({}, refresh);
    expect((await run(a({ size: "small" }, ignoring))).steps).toEqual(["same a"]);
    expect(stack.world.boxes.get("id-a")).toMatchObject({ size: "tampered" });
  });
});

describe("initErrors", () => {
  test("of an update are in the state with what was reached, and the next run updates", async () => {
    await run(a());
    const half = await runPlan(stack, a({ size: "big" }), (open, options) =>
      up(open, {
        ...options,
        loadProvider: (_, report) => {
          const real = expProvider(stack.world, report);
          const update: typeof real.update = async (request) => {
            const { properties } = await real.update(request);
            return request.preview ? { properties } : Promise.reject(Object.assign(new Error("does not start"), { name: "InitFailed", id: request.id, properties, reasons: ["does not start"] }));
          };
          return Promise.resolve({ ...real, update });
        },
      }),
    );
    expect(half).toMatchObject({ succeeded: false, errors: "does not start" });
    expect(await state("a")).toMatchObject({ inputs: { size: "big" }, initErrors: ["does not start"] });
    expect((await run(a({ size: "big" }))).steps).toEqual(["update a"]);
    expect(await state("a")).not.toHaveProperty("initErrors");
  });
});

describe("the outputs of the stack", () => {
  const outputs = async (): Promise<unknown> => (await stack.resources())[0]?.["outputs"];
  /** The output `gens` is secret as a whole; others are what the configuration says. */
  const told = async (plan: Plan, config: { readonly former?: string; readonly latter?: string } = {}): Promise<ExpRun> => {
    await stack.program("stack-outputs", { ...config, plan: JSON.stringify(plan) });
    return stack.run(up);
  };
  const failing: Plan = { boxes: [{ name: "a", args: { size: "big" } }, { name: "b", args: { size: "big", fail: "update" } }] };

  test("stay secret when a run fails", async () => {
    const first = await told({ boxes: [{ name: "a" }, { name: "b" }] });
    expect(first.outputs).toEqual({ gens: secret({ a: 1, b: 1 }) });
    expect(await outputs()).toHaveProperty("gens.ciphertext");
    const failed = await told(failing);
    expect([failed.succeeded, Object.keys(failed.outputs)]).toEqual([false, ["gens"]]);
    expect(await outputs()).toHaveProperty("gens.ciphertext");
    // A change of secretness alone is one.
    expect((await told({ boxes: [{ name: "a" }, { name: "b" }] })).errors).toBe("");
    await run({ boxes: [{ name: "a" }, { name: "b" }] });
    expect(await outputs()).toMatchObject({ gens: { a: 3, b: 1 } });
  });

  test("that a program no longer has stay after a failure, and go with the next success", async () => {
    await told({ boxes: [{ name: "a" }, { name: "b" }] }, { former: "1" });
    await told(failing, { latter: "2" });
    expect(await outputs()).toMatchObject({ former: "1", latter: "2" });
    await told({ boxes: [{ name: "a" }, { name: "b" }] }, { latter: "3" });
    expect(Object.keys((await stack.resources())[0]?.["outputs"] ?? {})).toEqual(["gens", "latter"]);
  });
});
