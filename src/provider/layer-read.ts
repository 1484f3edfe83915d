import { itemPath } from "#host/check.ts";
import type { Action, Plan } from "#host/plan.ts";
import { isDifference } from "#model/change.ts";
import { hasSecret, resecret, secret } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { finder, itemsValue } from "#provider/layer-items.ts";
import type { LayerItem } from "#provider/layer-items.ts";

/** The input that marks a layer as found by a refresh: the property paths of its items that are not as declared. */
export const FOUND = "found";

/**
 * The inputs of a layer as they are on the host: a field that differs shows the host's value in place of the declared one, for
 * example a digest for a file's content, and `type: "absent"` for one that is gone. As secret as what was declared. Kinds never
 * see these values: what was applied stays in the outputs.
 */
export function inputsThere(inputs: JsonObject, plan: Plan, declared: readonly LayerItem[]): JsonObject {
  const { [FOUND]: _, ...rest } = inputs;
  const planned = finder(plan.actions, ({ item }) => item);
  const items = declared.map((item) => ({ ...item, want: there(item, planned(item)) }));
  const found = items.filter((item, index) => item.want !== declared[index]?.want).map(itemPath);
  return { ...rest, items: itemsValue(items), ...(found.length === 0 ? {} : { [FOUND]: found }) };
}

function there(item: LayerItem, action: Action | undefined): JsonObject {
  const changes = action?.changes.filter(isDifference) ?? [];
  if (changes.length === 0) return item.want;
  const values = changes.map(({ field, have, secret: hidden }): readonly [string, Json] => {
    const value = have ?? "absent";
    const before = item.want[field];
    if (hidden === true || (before === undefined && hasSecret(item.want))) return [field, secret(value)];
    return [field, before === undefined ? value : resecret(value, before)];
  });
  return { ...item.want, ...Object.fromEntries(values) };
}
