import type { Item } from "#model/kind.ts";
import { hasUnknown, isObject, isSecret, reveal, secret, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";

/** An item of a layer; secrets in `want` are wrapped, leaf by leaf or key by key. */
export interface LayerItem extends Item<JsonObject> {
  readonly want: JsonObject;
}

/** What the `items` of a layer's inputs say. */
export interface LayerItems {
  readonly items: readonly LayerItem[];
  /** Some items are not even named yet. */
  readonly open: boolean;
  /** Property paths that hold no object where one must be. */
  readonly malformed: readonly string[];
}

/** Reads `{ [kind]: { [name]: want } }`, in order of kind and name. A secret above a want makes each key of the want a secret. */
export function layerItems(value: Json | undefined): LayerItems {
  const items: LayerItem[] = [];
  const malformed: string[] = [];
  let open = false;
  for (const [kind, names, kindHidden] of entries(value ?? {}, false, "items")) {
    for (const [name, want, hidden] of entries(names, kindHidden, `items.${kind}`)) {
      if (want === UNKNOWN) items.push({ kind, name, want: { "": UNKNOWN } });
      else if (isObject(want)) items.push({ kind, name, want: hidden ? hide(want) : want });
      else malformed.push(`items.${kind}[${JSON.stringify(name)}]`);
    }
  }
  return { items: items.sort(byKindAndName), open, malformed };

  function entries(from: Json, above: boolean, path: string): readonly (readonly [string, Json, boolean])[] {
    const hidden = above || isSecret(from);
    const opened = isSecret(from) ? reveal(from) : from;
    if (opened === UNKNOWN) open = true;
    else if (!isObject(opened)) malformed.push(path);
    else return Object.entries(opened).map(([key, inner]) => [key, isSecret(inner) ? inner.value : inner, hidden || isSecret(inner)] as const);
    return [];
  }
}

const byKindAndName = (a: Item, b: Item): number => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

const hide = (want: JsonObject): JsonObject => Object.fromEntries(Object.entries(want).map(([key, inner]) => [key, isSecret(inner) ? inner : secret(inner)]));

/** The item with its secrets opened. */
export const opened = ({ kind, name, want }: LayerItem): LayerItem => {
  const revealed = reveal(want);
  return { kind, name, want: isObject(revealed) ? revealed : {} };
};

const keyOf = ({ kind, name }: Item): string => `${kind}\0${name}`;

/** Finds the entry of an item's kind and name. */
export function finder<T>(entries: readonly T[], itemOf: (entry: T) => Item): (item: Item) => T | undefined {
  const byKey = new Map(entries.map((entry) => [keyOf(itemOf(entry)), entry]));
  return (item) => byKey.get(keyOf(item));
}

/** Finds an item by kind and name. */
export const itemFinder = (items: readonly LayerItem[]): ((item: Item) => LayerItem | undefined) => finder(items, (item) => item);

/** Items as inputs have them. */
export function itemsValue(items: readonly LayerItem[]): JsonObject {
  const kinds: { [kind: string]: { [name: string]: Json } } = {};
  for (const { kind, name, want } of items) (kinds[kind] ??= {})[name] = want;
  return kinds;
}

/** The last state's items that a plan may undo: all but those whose new want is not known yet. */
export function oldFor(old: readonly LayerItem[], want: readonly LayerItem[]): readonly LayerItem[] {
  const wanted = itemFinder(want);
  return old.filter((item) => !hasUnknown(wanted(item)?.want ?? null));
}
