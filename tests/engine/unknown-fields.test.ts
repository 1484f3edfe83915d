import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { refresh } from "#engine/operations/refresh.ts";
import { up } from "#engine/operations/up.ts";
import { isObject } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { expStack, runPlan } from "../support/exp-stack.ts";
import type { ExpStack } from "../support/exp-stack.ts";
import type { Plan } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());

/** What a newer version may write, and this one has to carry along. */
const NEWER = { newer: { deep: [1, null, { a: "b" }] } };
const PENDING = "urn:pulumi:dev::expproj::exp:index:Box::begun";

const file = (): string => join(stack.directory, ".pulumi", "stacks", "expproj", "dev.json");
const read = async (): Promise<JsonObject> => JSON.parse(await readFile(file(), "utf8")) as JsonObject;
const at = (json: JsonObject, ...path: readonly string[]): JsonObject => {
  const value = path.reduce<JsonObject[string]>((value, key) => (isObject(value) ? (value[key] ?? null) : null), json);
  return isObject(value) ? value : {};
};
const list = (json: JsonObject, key: string): readonly JsonObject[] => {
  const value = at(json, "checkpoint", "latest")[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
};

/** Every level of a checkpoint, by name. */
const levels = (json: JsonObject): ReadonlyMap<string, JsonObject> =>
  new Map<string, JsonObject>([
    ["the file", json],
    ...[["checkpoint"], ["checkpoint", "latest"], ["checkpoint", "latest", "manifest"], ["checkpoint", "latest", "secrets_providers"], ["checkpoint", "latest", "metadata"]].map((path) => [path.join("."), at(json, ...path)] as const),
    ...list(json, "resources").map((state) => [JSON.stringify(state["urn"]), state] as const),
    ...list(json, "pending_operations").flatMap((operation) => [["a pending operation", operation] as const, ["what it is about", at(operation, "resource")] as const]),
  ]);
const without = (json: JsonObject): readonly string[] => [...levels(json)].flatMap(([name, level]) => ("newer" in level ? [] : [name]));

const boxes = (size: string): Plan => ({ boxes: [{ name: "a", args: { size }, secret: "s" }, { name: "b", dependsOn: ["a"] }] });

/** Brings a stack up and has a newer version write it; a pending operation too, where `pending`. */
async function writtenByNewer(pending: boolean): Promise<void> {
  await runPlan(stack, boxes("small"));
  const json = await read();
  if (pending) Object.assign(at(json, "checkpoint", "latest"), { pending_operations: [{ type: "creating", resource: { urn: PENDING, custom: true, type: "exp:index:Box", inputs: { name: "begun" } } }] });
  for (const level of levels(json).values()) Object.assign(level, NEWER);
  await writeFile(file(), JSON.stringify(json));
}

test("fields that are not known survive what a run writes, at every level", async () => {
  await writtenByNewer(false);
  expect(without(await read())).toEqual([]);
  expect((await runPlan(stack, boxes("big"), up)).steps).toEqual(["update a", "same b"]);
  expect(without(await read())).toEqual([]);
});

test("and what a refresh writes, in pending operations too", async () => {
  await writtenByNewer(true);
  expect((await stack.run(refresh)).errors).toBe("");
  expect([without(await read()), list(await read(), "pending_operations").length]).toEqual([[], 1]);
});
