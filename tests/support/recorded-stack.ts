import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { expWorld } from "./exp.ts";
import type { ExpWorld } from "./exp.ts";
import { expStack, plant } from "./exp-stack.ts";
import type { ExpStack } from "./exp-stack.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "pulumi-state");

/** What the Pulumi CLI wrote: `component-and-secret` is its stack dev, `dependencies-and-timeouts` its stack three. */
export type Recording = "component-and-secret" | "dependencies-and-timeouts";

const STACKS: { readonly [name in Recording]: string } = { "component-and-secret": "dev", "dependencies-and-timeouts": "three" };

/** The deployment in the text of a checkpoint. */
export const latestOf = (text: string): JsonObject => {
  const json = JSON.parse(text) as JsonObject;
  return isObject(json["checkpoint"]) && isObject(json["checkpoint"]["latest"]) ? json["checkpoint"]["latest"] : {};
};

/** The resources of a deployment. */
export const resourcesOf = (latest: JsonObject): readonly JsonObject[] => {
  const list: unknown = latest["resources"];
  return Array.isArray(list) ? list.filter(isObject) : [];
};

/** A stack that the Pulumi CLI made, with the program that made it, its boxes, and the checkpoint as recorded. */
export interface RecordedStack extends ExpStack {
  readonly recorded: JsonObject;
}

/** How a recording is put into place. */
export interface RecordedOptions {
  /** Another deployment than the one recorded. */
  readonly latest?: (latest: JsonObject) => JsonObject;
  readonly config?: (text: string) => string;
  /** Another program than the one that made it. */
  readonly program?: string;
  /** The project that it is put into. @defaultValue one of its own */
  readonly project?: string;
}

/** Plants a recording; remove the stack in the end. Its boxes are in the world as its outputs say, secrets closed. */
export async function recordedStack(name: Recording, { latest = (same) => same, config = (text) => text, program = name, project }: RecordedOptions = {}): Promise<RecordedStack> {
  const world: ExpWorld = { ...expWorld(), orphans: new Map() };
  const stack = await expStack(STACKS[name], world, project);
  await stack.program(program);
  const text = await readFile(join(FIXTURES, `${name}.json`), "utf8");
  const recorded = latest(latestOf(text));
  const json = JSON.parse(text) as { checkpoint: JsonObject };
  await plant(stack.directory, STACKS[name], JSON.stringify({ ...json, checkpoint: { ...json.checkpoint, latest: recorded } }), config(await readFile(join(FIXTURES, `${name}.config.yaml`), "utf8")));
  for (const { type, id, outputs } of resourcesOf(recorded)) if (type === "exp:index:Box" && typeof id === "string" && isObject(outputs)) world.boxes.set(id, outputs);
  return { ...stack, recorded };
}
