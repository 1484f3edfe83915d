import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { preview } from "#engine/operations/preview.ts";
import { refresh } from "#engine/operations/refresh.ts";
import { up } from "#engine/operations/up.ts";
import type { OperationType } from "#engine/snapshot.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { expProvider, expWorld, writes } from "../support/exp.ts";
import { expStack, runPlan } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import type { Plan } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack("dev", { ...expWorld(), orphans: new Map() });
});
afterEach(() => stack.remove());

const run = (plan: Plan, operation?: Parameters<ExpStack["run"]>[0]): Promise<ExpRun> => runPlan(stack, plan, operation);
const small: Plan = { boxes: [{ name: "a", args: { size: "small", forceNew: "x" } }, { name: "b", dependsOn: ["a"] }] };
const pending = async (): Promise<Json> => (await stack.checkpoint())["pending_operations"] ?? [];
const boxes = (): readonly string[] => [...stack.world.boxes.keys()].sort();
const warnings = ({ diagnostics }: ExpRun): readonly string[] => diagnostics.flatMap(({ severity, message }) => (severity === "warning" ? [message] : []));

/** Makes `plan`, and leaves the state as a run does that is killed in the middle of something about `a`, or about what `change` makes of it. */
async function killedWhile(type: OperationType, change: (state: JsonObject) => JsonObject = (state) => state, plan = small): Promise<void> {
  expect((await run(plan)).succeeded).toBe(true);
  const latest = await stack.checkpoint();
  const state = (await stack.resources()).find(({ id }) => id === "id-a") ?? {};
  const resource = change(state);
  const resources = [...(await stack.resources()), ...(resource["delete"] === true ? [resource] : [])];
  const text = JSON.stringify({ version: 3, checkpoint: { stack: "organization/expproj/dev", latest: { ...latest, resources, pending_operations: [{ resource, type }] } } });
  await writeFile(join(stack.directory, ".pulumi", "stacks", "expproj", "dev.json"), text);
}

describe("what a killed run was deleting, and is declared again", () => {
  test("is made anew when it is gone; a preview says so and leaves the state alone", async () => {
    await killedWhile("deleting");
    stack.world.boxes.delete("id-a");
    const before = await stack.checkpoint();
    expect(await run(small, preview)).toMatchObject({ succeeded: true, steps: ["create a", "same b"] });
    expect(await stack.checkpoint()).toEqual(before);
    expect(await run(small)).toMatchObject({ succeeded: true, steps: ["create a", "same b"] });
    expect([boxes(), await pending()]).toEqual([["id-a", "id-b"], []]);
    expect((await run(small)).steps).toEqual(["same a", "same b"]);
  });

  test("stays when it is there", async () => {
    await killedWhile("deleting");
    expect(await run(small)).toMatchObject({ succeeded: true, steps: ["same a", "same b"] });
    expect([writes(stack.world), await pending()]).toEqual([[], []]);
  });

  test("is in doubt until it was read, by `up` or by `refresh`", async () => {
    await killedWhile("deleting");
    stack.world.boxes.delete("id-a");
    for (const operation of [up, refresh]) {
      const mute = { loadProvider: () => Promise.resolve({ ...expProvider(stack.world), read: () => Promise.reject(new Error("no answer")) }) };
      expect((await stack.run(operation, mute)).errors).toContain("no answer");
      expect(await pending()).toMatchObject([{ type: "deleting" }]);
    }
    expect(await stack.run(refresh)).toMatchObject({ succeeded: true, steps: ["delete a", "same b"] });
    expect(await pending()).toEqual([]);
  });

  test("is forgotten where it is not declared", async () => {
    await killedWhile("deleting");
    stack.world.boxes.delete("id-a");
    expect(await run({ boxes: [{ name: "b" }] })).toMatchObject({ succeeded: true, steps: ["same b", "delete a"] });
    expect([boxes(), await pending()]).toEqual([["id-b"], []]);
  });
});

test("what may have gone with it stays in doubt until somebody looks at that itself", async () => {
  const plan: Plan = { boxes: [{ name: "a" }, { name: "b", inside: "a" }] };
  await killedWhile("deleting", undefined, plan);
  stack.world.boxes.clear();
  const besidesB: typeof refresh = (opened, options) => refresh(opened, { ...options, targets: { asked: ["b"], mode: "exclude", withDependents: false } });
  for (const steps of [["delete a"], []]) {
    expect(await run(plan, besidesB)).toMatchObject({ succeeded: true, steps });
    expect(await pending()).toMatchObject([{ type: "deleting", resource: { id: "id-b" } }]);
  }
  expect(await run(plan)).toMatchObject({ succeeded: true, steps: ["create a", "create b"] });
  expect([boxes(), await pending()]).toEqual([["id-a", "id-b"], []]);
});

test("what a killed run had replaced and was deleting is deleted again; the one in its place is not read for it", async () => {
  await killedWhile("deleting", (state) => ({ ...state, id: "id-old", delete: true }));
  await run(small, refresh);
  expect(await pending()).toMatchObject([{ type: "deleting", resource: { id: "id-old" } }]);
  expect(await run(small)).toMatchObject({ succeeded: true, steps: ["same a", "same b", "delete a"] });
  expect(stack.world.calls.filter((call) => call.startsWith("read"))).toEqual([]);
  expect([boxes(), await pending()]).toEqual([["id-a", "id-b"], []]);
});

test("what a killed run was changing is read before: an update may have been done", async () => {
  await killedWhile("updating");
  stack.world.boxes.set("id-a", { ...stack.world.boxes.get("id-a"), size: "big" });
  expect(await run(small)).toMatchObject({ succeeded: true, steps: ["update a", "same b"] });
  expect([stack.world.boxes.get("id-a")?.["size"], await pending()]).toEqual(["small", []]);
});

describe("a replacement that a killed run was making", () => {
  beforeEach(async () => {
    await killedWhile("creating", ({ id: _, outputs: __, ...state }) => ({ ...state, protect: true, inputs: { name: "a", size: "small", forceNew: "y" } }));
    stack.world.boxes.set("id-made", { name: "a", forceNew: "y" });
    stack.world.orphans?.set("a", "id-made");
  });

  test("is forgotten when somebody says that it is not there", async () => {
    await run(small, refresh);
    expect(await pending()).toMatchObject([{ type: "creating" }]);
    await run(small, (opened, options) => refresh(opened, { ...options, clearPendingCreates: true }));
    expect(await pending()).toEqual([]);
  });

  test.each([
    { name: "stays as it was", plan: small, steps: ["same a", "same b", "delete a"] },
    { name: "is only updated", plan: { boxes: [{ name: "a", args: { size: "big", forceNew: "x" } }, { name: "b", dependsOn: ["a"] }] }, steps: ["update a", "same b", "delete a"] },
  ])("is taken away when the old one $name", async ({ plan, steps }) => {
    expect((await run(plan, preview)).steps).toEqual(steps);
    expect(await pending()).toMatchObject([{ type: "creating" }]);
    expect(await run(plan)).toMatchObject({ succeeded: true, steps });
    expect([boxes(), await pending()]).toEqual([["id-a", "id-b"], []]);
  });

  test("stays in the state over a refresh and a run that fails; each warns and says what to do", async () => {
    for (const seen of [await run(small, refresh), await run({ boxes: [{ name: "a", args: { size: "big", forceNew: "x", fail: "update" } }] })]) {
      expect(warnings(seen)).toEqual([expect.stringMatching(/^an earlier run was killed while creating.*may be there: `up` .*`destroy`/)]);
      expect(await pending()).toMatchObject([{ type: "creating" }]);
    }
  });
});

test.each([["as it was", {}, []], ["and updated it", { size: "big" }, []], ["where it was to replace it", { forceNew: "y" }, ["delete a"]]])(
  "what a killed run was making, and the Pulumi CLI made since, is no second thing: %s",
  async (_, otherwise, expected) => {
    await killedWhile("creating", ({ id: _id, outputs: _outputs, ...state }) => ({ ...state, inputs: { ...(state["inputs"] as JsonObject), ...otherwise } }));
    const looked = await run(small, preview);
    expect([looked.succeeded, looked.steps]).toEqual([true, ["same a", "same b", ...expected]]);
    expect(await run(small)).toMatchObject({ succeeded: true, steps: ["same a", "same b", ...expected] });
    expect([boxes(), await pending()]).toEqual([["id-a", "id-b"], []]);
  },
);
