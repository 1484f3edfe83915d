import { CustomResource } from "@pulumi/pulumi";
import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import type { Connection } from "#model/connection.ts";
import type { Issue } from "#model/issue.ts";
import type { Inputs, Item } from "#model/kind.ts";

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
    const issues = [...mistakes, ...duplicates(layer, items)];
    super("steading:host:Layer", name, { host, layer, items: byKind(items), ...(issues.length === 0 ? {} : { mistakes: issues }), machineId: undefined }, options);
  }
}

/** Items as the provider takes them: `{ [kind]: { [name]: want } }`. */
export function byKind(items: readonly Item[]): Record<string, Record<string, object>> {
  const kinds: Record<string, Record<string, object>> = {};
  for (const { kind, name, want } of items) (kinds[kind] ??= {})[name] = want;
  return kinds;
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
