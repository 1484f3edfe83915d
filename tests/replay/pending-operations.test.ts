import { preview } from "#engine/operations/preview.ts";
import { refresh } from "#engine/operations/refresh.ts";
import { up } from "#engine/operations/up.ts";
import type { JsonObject } from "#model/value.ts";
import { writes } from "../support/exp.ts";
import { recordedStack, resourcesOf } from "../support/recorded-stack.ts";
import type { RecordedStack } from "../support/recorded-stack.ts";

/** Point 4: what a killed CLI leaves in its state. Order and pending operations of our own runs: tests/engine/random-runs.test.ts. */
let stack: RecordedStack;
afterEach(() => stack.remove());

const resource = (latest: JsonObject, id: string): JsonObject => resourcesOf(latest).find((one) => one["id"] === id) ?? {};

/** The CLI was changing `b`, deleting `c`, and making `d`. */
const killed = (latest: JsonObject): JsonObject => ({
  ...latest,
  pending_operations: [
    { resource: resource(latest, "id-b"), type: "updating" },
    { resource: resource(latest, "id-c"), type: "deleting" },
    { resource: { urn: "urn:pulumi:three::expproj::exp:index:Box::d", custom: true, type: "exp:index:Box", inputs: { name: "d" }, provider: resource(latest, "id-b")["provider"] ?? "" }, type: "creating" },
  ],
});

test("a preview looks and leaves all; the run finishes what was begun, in a sound order", async () => {
  stack = await recordedStack("dependencies-and-timeouts", { latest: killed });
  stack.world.boxes.set("id-b", { created: true, gen: 1, name: "b", size: "default-size", spec: { from: 1, nested: { s: "hid" } } });
  stack.world.boxes.delete("id-c");
  const seen = await stack.run(preview);
  expect([seen.errors, seen.diagnostics.filter(({ severity }) => severity === "warning")]).toEqual(["", expect.arrayContaining([expect.objectContaining({ urn: expect.stringContaining("::d") as unknown })])]);
  expect(await stack.checkpoint()).toEqual(stack.recorded);
  const run = await stack.run(up);
  expect(run.errors).toBe("");
  expect(writes(stack.world)).toEqual(["create c", "delete "]);
  const latest = await stack.checkpoint();
  expect(latest["pending_operations"]).toBeUndefined();
  expect(resourcesOf(latest).map(({ urn }) => urn)).toEqual(resourcesOf(stack.recorded).map(({ urn }) => urn));
  expect(await stack.run(up)).toMatchObject({ succeeded: true, changes: { same: 4 } });
});

test("what may have been made stays pending over a refresh", async () => {
  stack = await recordedStack("dependencies-and-timeouts", { latest: killed });
  stack.world.boxes.set("id-b", { created: true, gen: 1, name: "b", size: "default-size", spec: { from: 1, nested: { s: "hid" } } });
  expect(await stack.run(refresh)).toMatchObject({ succeeded: true });
  expect((await stack.checkpoint())["pending_operations"]).toMatchObject([{ type: "creating", resource: { inputs: { name: "d" } } }]);
});
