import { kindNamed } from "#host/kinds.ts";
import { itemText, order } from "#host/order.ts";
import type { Declared } from "#host/order.ts";
import { checkProps } from "#model/check-props.ts";
import type { Issue } from "#model/issue.ts";
import type { Item } from "#model/kind.ts";
import { hasUnknown } from "#model/value.ts";
import type { Json } from "#model/value.ts";

/** The property path of an item in a layer's inputs. */
export const itemPath = (item: Item): string => `items.${/^[a-z]+$/.test(item.kind) ? item.kind : `["${item.kind}"]`}[${JSON.stringify(item.name)}]`.replace(".[", "[");

/** All mistakes of a layer's items: unknown kinds, wrong props, two items for one subject, cycles. */
export async function checkItems(items: readonly Item[], at: string): Promise<readonly Issue[]> {
  const issues: Issue[] = [];
  const declared: Declared[] = [];
  for (const item of items) {
    const kind = await kindNamed(item.kind);
    const path = itemPath(item);
    if (!kind) {
      issues.push({ code: "kind.unknown", at, path, message: `there is no kind ${item.kind}`, fix: "see docs/reference/kinds" });
      continue;
    }
    const found = checkProps(kind.props, item.want as Json, at);
    issues.push(...found.map((issue) => ({ ...issue, path: issue.path === "" ? path : `${path}.${issue.path}` })));
    if (found.length > 0 || hasUnknown(item.want as Json)) continue;
    const more = kind.check?.(item.want) ?? [];
    issues.push(...more.map((issue) => ({ code: "item.invalid", at, ...issue, path: `${path}.${issue.path}` })));
    if (more.length === 0) declared.push({ item, kind });
  }
  return [...issues, ...conflicts(declared, at), ...cycles(declared, at)];
}

/** Two items of one layer that decide on the same thing. */
function conflicts(declared: readonly Declared[], at: string): readonly Issue[] {
  const owners = new Map<string, Item>();
  return declared.flatMap(({ item, kind }) =>
    kind.owns(item.want).flatMap((subject) => {
      const other = owners.get(subject);
      owners.set(subject, item);
      return other === undefined || other === item
        ? []
        : [{ code: "item.conflict", at, path: itemPath(item), message: `${itemText(item)} and ${itemText(other)} both decide on ${subject}`, fix: "keep one of them" }];
    }),
  );
}

/** Items that wait for one another. */
function cycles(declared: readonly Declared[], at: string): readonly Issue[] {
  const { cycle } = order(declared);
  const first = cycle[0];
  if (first === undefined) return [];
  return [{ code: "item.cycle", at, path: itemPath(first), message: `these items wait for one another: ${[...cycle, first].map(itemText).join(" → ")}`, fix: "remove one of the needs" }];
}
