import { createHash } from "node:crypto";
import { up } from "#engine/operations/up.ts";
import { secret } from "#model/value.ts";
import { writes } from "../support/exp.ts";
import { expStack } from "../support/exp-stack.ts";
import type { ExpStack } from "../support/exp-stack.ts";

/** SHA-256 of `as it is`. */
const AS_IT_IS = createHash("sha256").update("as it is").digest("hex");

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());

test.each([
  "import of a provider", "replaceWith", "replacementTrigger", "envVarMappings", "pluginDownloadURL", "archives that are fetched",
  "remote components", "the package other", "assets that are fetched",
  "transforms",
])("%s is refused by name before anything is touched", async (what) => {
  await stack.program("options", { what });
  const failed = await stack.run(up);
  expect(failed.succeeded).toBe(false);
  expect(failed.errors).toContain(what);
  expect(failed.errors).toContain("use the Pulumi CLI");
  expect(writes(stack.world)).toEqual([]);
});

test("functions, resources that are only read, assets and references work, and stay as they are", async () => {
  stack.world.boxes.set("id-elsewhere", { name: "elsewhere", size: "huge", created: true, gen: 9 });
  await stack.program("functions");
  const first = await stack.run(up);
  expect(first.errors).toBe("");
  expect(first.outputs).toEqual({ answers: ["expproj", "dev", "organization"], greeting: secret({ greeting: "hello no. 1", hidden: "psst" }), reference: 1, size: "huge" });
  const states = await stack.resources();
  expect(states.find(({ id }) => id === "id-elsewhere")).toMatchObject({ external: true });
  expect(states.find(({ id }) => id === "id-asset")).toMatchObject({ inputs: { spec: { text: { hash: AS_IT_IS }, file: { hash: AS_IT_IS, path: expect.stringMatching(/^\.\..*\/asset\.txt$/) as unknown }, box: { packageVersion: "" } } } });
  // The SDK's own marks are no part of an asset.
  expect(JSON.stringify(states)).not.toContain("__pulumi");
  const second = await stack.run(up);
  expect(second.errors).toBe("");
  expect(writes(stack.world)).toEqual(["create a", "create asset"]);
  expect(second.outputs).toEqual(first.outputs);
  await stack.program("plan", { plan: "{boxes: []}" });
  await stack.run(up);
  // What was only read is not deleted.
  expect([...stack.world.boxes.keys()]).toEqual(["id-elsewhere"]);
});
