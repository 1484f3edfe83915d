import type { Json, JsonObject } from "#model/value.ts";
import { listOf, objectOf, parsedObject, textOf } from "#terraform/json.ts";

/** A state of OpenTofu (version 4 of its file), opened. */
export interface TerraformState {
  /** Grows with each change. */
  readonly serial: number;
  /** Names the state through all its changes. */
  readonly lineage: string;
  readonly outputs: { readonly [name: string]: { readonly value: Json; readonly sensitive: boolean } };
  /** Ids of the resources by address; empty where one has none. */
  readonly resources: { readonly [address: string]: string };
}

const keyText = (key: Json | undefined): string => (key === undefined || key === null ? "" : `[${JSON.stringify(key)}]`);

function addressesOf(resource: JsonObject): readonly (readonly [string, string])[] {
  const module = textOf(resource["module"]);
  const address = `${module === "" ? "" : `${module}.`}${textOf(resource["type"])}.${textOf(resource["name"])}`;
  // What is deposed has its successor's address.
  const instances = listOf(resource["instances"]).map(objectOf).filter(({ deposed }) => deposed === undefined);
  return instances.map((instance) => [`${address}${keyText(instance["index_key"])}`, textOf(objectOf(instance["attributes"])["id"])] as const);
}

/** Reads a state as `tofu state pull` prints it; undefined where there is none. */
export function parseState(text: string): TerraformState | undefined {
  const state = parsedObject(text);
  if (state === undefined) return undefined;
  const managed = listOf(state["resources"]).map(objectOf).filter(({ mode }) => mode === "managed");
  return {
    ...headOf(state),
    outputs: Object.fromEntries(Object.entries(objectOf(state["outputs"])).map(([name, output]) => [name, { value: objectOf(output)["value"] ?? null, sensitive: objectOf(output)["sensitive"] === true }])),
    resources: Object.fromEntries(managed.flatMap(addressesOf)),
  };
}

const headOf = ({ serial, lineage }: JsonObject): Pick<TerraformState, "serial" | "lineage"> => ({ serial: typeof serial === "number" ? serial : 0, lineage: textOf(lineage) });

/** What a state says of itself, also where it is encrypted; undefined where there is none. */
export function stateHead(text: string): Pick<TerraformState, "serial" | "lineage"> | undefined {
  const state = parsedObject(text);
  return state === undefined ? undefined : headOf(state);
}

/** True where a working copy is what counts: it is the same state, and is further. Or there is no other. */
export const isAhead = (copy: Pick<TerraformState, "serial" | "lineage">, kept: Pick<TerraformState, "serial" | "lineage"> | undefined): boolean =>
  kept === undefined || (copy.lineage === kept.lineage && copy.serial >= kept.serial);
