import { CustomResource } from "@pulumi/pulumi";
import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import type { Connection } from "#model/connection.ts";
import type { Issue } from "#model/issue.ts";
import { Issues } from "#model/issue.ts";
import type { Inputs, Item } from "#model/kind.ts";

/** What a layer is made of. */
export interface LayerArgs {
  /** How its host is reached. */
  host: Inputs<Connection>;
  /** All items; order does not matter. */
  items: readonly Item[];
  /** The name under which the host's ledger knows it. @defaultValue the resource's name */
  layer?: string;
}

/** All items that one component puts on one host: one plan, one transaction. */
export class Layer extends CustomResource {
  /** machine-id(5) of the host; empty where it has none. */
  declare readonly machineId: Output<string>;

  /** Throws Issues when two items have one kind and name, or the layer's name is malformed. */
  constructor(name: string, { host, items, layer = name }: LayerArgs, options: CustomResourceOptions = {}) {
    const issues = [...nameIssues(layer), ...duplicates(layer, items)];
    if (issues.length > 0) throw new Issues(issues);
    super("steading:host:Layer", name, { host, layer, items: byKind(items), machineId: undefined }, options);
  }
}

/** Items as the provider takes them: `{ [kind]: { [name]: want } }`. */
export function byKind(items: readonly Item[]): Record<string, Record<string, object>> {
  const kinds: Record<string, Record<string, object>> = {};
  for (const { kind, name, want } of items) (kinds[kind] ??= {})[name] = want;
  return kinds;
}

const nameIssues = (layer: string): readonly Issue[] =>
  /^\w[\w.-]*$/.test(layer) ? [] : [{ code: "layer.unnamed", at: `layer ${layer}`, path: "layer", message: `${JSON.stringify(layer)} is no layer name`, fix: "letters, digits, ., - and _" }];

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
