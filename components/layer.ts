import { CustomResource } from "@pulumi/pulumi";
import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import type { Connection } from "#model/connection.ts";
import type { Issue } from "#model/issue.ts";
import type { Inputs, Item } from "#model/kind.ts";
import { isObject } from "#model/value.ts";

/** What a layer is made of. */
export interface LayerArgs {
  /** How its host is reached. */
  host: Inputs<Connection>;
  /** All items; order does not matter. */
  items: readonly Item[];
  /** The name under which the host's ledger knows it. @defaultValue the resource's name */
  layer?: string;
  /** What is wrong with the declaration; told together with all other mistakes of the stack, before any host is touched. @defaultValue none */
  mistakes?: readonly Issue[];
}

/** All items that one component puts on one host: one plan, one transaction. */
export class Layer extends CustomResource {
  /** machine-id(5) of the host; empty where it has none. */
  declare readonly machineId: Output<string>;

  constructor(name: string, { host, items, layer = name, mistakes = [] }: LayerArgs, options: CustomResourceOptions = {}) {
    const sound = Array.isArray(items) ? items.filter(isItem) : [];
    const issues = [...mistakes, ...malformed(layer, items), ...duplicates(layer, sound)];
    super("steading:host:Layer", name, { host, layer, items: byKind(sound), ...(issues.length === 0 ? {} : { mistakes: issues }), machineId: undefined }, options);
  }
}

/** Items as the provider takes them: `{ [kind]: { [name]: want } }`. */
export function byKind(items: readonly Item[]): Record<string, Record<string, object>> {
  const kinds: Record<string, Record<string, object>> = {};
  for (const { kind, name, want } of items) (kinds[kind] ??= {})[name] = want;
  return kinds;
}

const isNamed = (item: unknown): item is Pick<Item, "kind" | "name"> => isObject(item) && typeof item["kind"] === "string" && typeof item["name"] === "string";

const isItem = (item: unknown): item is Item => isNamed(item) && "want" in item && isObject(item.want);

/** What is none, in a program whose types nobody checked, or that looked for its props where they are not: as good as not declared, it would be taken away. */
function malformed(layer: string, items: unknown): readonly Issue[] {
  const issue = (path: string, message: string, fix: string): Issue => ({ code: "item.malformed", at: `layer ${layer}`, path, message, fix });
  if (!Array.isArray(items)) return [issue("items", "this is no list of items", 'for example [file("motd", { … })]')];
  return items.flatMap((item: unknown, index) => {
    if (isItem(item)) return [];
    if (isNamed(item)) return [issue(`items.${item.kind}[${JSON.stringify(item.name)}]`, `the item ${item.kind} ${item.name} has no props`, "see where they come from: it is undefined there")];
    return [issue(`items[${String(index)}]`, "this is no item", 'items are made by their kind: file("motd", { … })')];
  });
}

/** Two items of one kind with one name would be one property. */
function duplicates(layer: string, items: readonly Item[]): readonly Issue[] {
  const seen = new Set<string>();
  return items.flatMap(({ kind, name }) => {
    const key = JSON.stringify([kind, name]);
    const twice = seen.has(key);
    seen.add(key);
    return twice ? [{ code: "item.twice", at: `layer ${layer}`, path: `items.${kind}[${JSON.stringify(name)}]`, message: `there are two items ${kind} ${name}`, fix: "give each its own name" }] : [];
  });
}
