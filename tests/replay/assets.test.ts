import { createHash } from "node:crypto";
import { refresh } from "#engine/operations/refresh.ts";
import { up } from "#engine/operations/up.ts";
import { ASSET, SIGNATURE } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { writes } from "../support/exp.ts";
import { runPlan } from "../support/exp-stack.ts";
import { recordedStack, resourcesOf } from "../support/recorded-stack.ts";
import type { RecordedStack } from "../support/recorded-stack.ts";

/** Point 10: assets and archives in a stack of the Pulumi CLI. That hashes of assets are filled in: tests/engine/refused.test.ts, where archives are refused. */
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const asset = { [SIGNATURE]: ASSET, text: "as it is", path: "", uri: "", hash: createHash("sha256").update("as it is").digest("hex") };
const held = { text: asset, archive: { [SIGNATURE]: ARCHIVE, hash: "c8f7", assets: { "a.txt": asset } } };

let stack: RecordedStack;
beforeEach(async () => {
  const withAssets = (one: JsonObject): JsonObject => (one["id"] === "id-c" ? { ...one, inputs: { name: "c", size: "default-size", spec: held }, outputs: { created: true, gen: 1, name: "c", size: "default-size", spec: held } } : one);
  stack = await recordedStack("dependencies-and-timeouts", { latest: (latest) => ({ ...latest, resources: resourcesOf(latest).map(withAssets) }) });
});
afterEach(() => stack.remove());

test("an archive that the CLI hashed stays word for word over a refresh, and goes with its resource", async () => {
  expect(await stack.run(refresh)).toMatchObject({ succeeded: true, errors: "" });
  const c = (list: readonly JsonObject[]): JsonObject | undefined => list.find(({ id }) => id === "id-c");
  expect(c(await stack.resources())).toEqual(c(resourcesOf(stack.recorded)));
  expect(await runPlan(stack, { boxes: [{ name: "a", args: { spec: { v: "1" } } }] }, up)).toMatchObject({ succeeded: true });
  expect(writes(stack.world)).toEqual(["delete c", "delete b"]);
});
