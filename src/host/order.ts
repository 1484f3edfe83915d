import { means } from "#model/kind.ts";
import type { Item, Kind } from "#model/kind.ts";

/** An item with its kind. */
export interface Declared {
  readonly item: Item;
  readonly kind: Kind;
}

/** What messages call an item. */
export const itemText = (item: Item): string => `${item.kind} ${item.name}`;

/**
 * Items so that each comes after those that own what it needs. Among those that are ready, the kind of the last one goes
 * on, so that neighbours can become one command; otherwise as declared. A cycle is returned as the items on it.
 */
export function order(declared: readonly Declared[]): { readonly sorted: readonly Declared[]; readonly cycle: readonly Item[] } {
  const owners = new Map<string, Declared>();
  for (const one of declared) for (const subject of one.kind.owns(one.item.want)) owners.set(subject, one);
  const families = new Map<string, readonly Declared[]>();
  const ownersOf = (need: string): readonly Declared[] => {
    const owner = owners.get(need);
    if (!need.endsWith("*") || owner) return owner ? [owner] : [];
    const family = families.get(need) ?? [...owners].flatMap(([subject, one]) => (means(need, subject) ? [one] : []));
    families.set(need, family);
    return family;
  };
  const waitsFor = new Map(declared.map((one) => [one, new Set((one.kind.needs?.(one.item.want) ?? []).flatMap(ownersOf).filter((other) => other !== one))]));
  const followers = new Map<Declared, Declared[]>(declared.map((one) => [one, []]));
  for (const [one, others] of waitsFor) for (const other of others) followers.get(other)?.push(one);

  const ready = new Map<string, Declared[]>();
  const makeReady = (one: Declared) => {
    const others = ready.get(one.item.kind);
    if (others) others.push(one);
    else ready.set(one.item.kind, [one]);
  };
  for (const one of declared) if (waitsFor.get(one)?.size === 0) makeReady(one);
  const sorted: Declared[] = [];
  let kind = "";
  while (ready.size > 0) {
    const batchKind: string = ready.has(kind) ? kind : (ready.keys().next().value ?? "");
    kind = batchKind;
    const batch = ready.get(kind) ?? [];
    ready.delete(kind);
    sorted.push(...batch);
    for (const one of batch)
      for (const follower of followers.get(one) ?? []) {
        const left = waitsFor.get(follower);
        left?.delete(one);
        if (left?.size === 0) makeReady(follower);
      }
  }
  return { sorted, cycle: sorted.length === declared.length ? [] : cycleOf(waitsFor) };
}

/** Some cycle among items that still wait for one another. */
function cycleOf(waitsFor: ReadonlyMap<Declared, ReadonlySet<Declared>>): readonly Item[] {
  let at = [...waitsFor].find(([, others]) => others.size > 0)?.[0];
  const seen: Declared[] = [];
  while (at && !seen.includes(at)) {
    seen.push(at);
    at = [...(waitsFor.get(at) ?? [])].find((other) => (waitsFor.get(other)?.size ?? 0) > 0);
  }
  return at ? seen.slice(seen.indexOf(at)).map((one) => one.item) : [];
}
