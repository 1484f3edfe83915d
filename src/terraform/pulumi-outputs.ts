import { isOutputText } from "#model/output-text.ts";
import type { Json } from "#model/value.ts";
import { isObject } from "#model/value.ts";
import type { TreeNode } from "#terraform/synth.ts";

/** Where a field of a construct is, or holds, an Output; undefined for nowhere. Of another construct each field is looked at by itself. */
function fieldWith(value: unknown, path: string, seen: Set<unknown>): string | undefined {
  if (typeof value === "string") return isOutputText(value) ? path : undefined;
  if (typeof value !== "object" || value === null || seen.has(value)) return undefined;
  // Before anything else: an Output answers with another one to each name.
  if (Reflect.get(value, "__pulumiOutput") === true) return path;
  seen.add(value);
  if (isObject(Reflect.get(value, "node"))) return undefined;
  return fieldsWith(value, path, seen);
}

function fieldsWith(value: object, path: string, seen: Set<unknown>): string | undefined {
  for (const [key, inner] of Object.entries(value)) {
    const found = fieldWith(inner, path === "" ? key.replace(/^_/, "") : `${path}.${key}`, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The construct and field of a tree that holds an Output of Pulumi, which the library cannot resolve; undefined for none. */
export function outputInTree(stack: TreeNode): string | undefined {
  const seen = new Set<unknown>();
  for (const construct of stack.node.findAll()) {
    const found = fieldsWith(construct, "", seen);
    if (found !== undefined) return `${construct.node.path} ${found}`;
  }
  return undefined;
}

/** Where in a configuration an Output of Pulumi was put into a text; undefined for nowhere. */
export const outputInText = (configuration: Json): string | undefined => fieldWith(configuration, "", new Set());
