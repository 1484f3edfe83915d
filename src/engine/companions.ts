import { needsProvider } from "#engine/execute.ts";
import { requires } from "#engine/integrity.ts";
import type { Journal } from "#engine/journal.ts";
import type { ResourceState } from "#engine/snapshot.ts";

type Groups = readonly (readonly ResourceState[])[];

/** What a killed run began beside what is declared was never anybody's to protect. */
export const mayBeProtected = (state: ResourceState, journal: Journal): boolean => state.id !== undefined || journal.made(state.urn) === undefined;

/** The URNs of what will be deleted, if nothing fails. */
function doomed(groups: Groups, spared: readonly ResourceState[], journal: Journal): ReadonlySet<string> {
  const stays = new Set(spared.flatMap((state) => [state.urn, ...requires(state)]));
  const going = new Set<string>();
  for (const state of groups.flat()) {
    if (stays.has(state.urn) || (state.protect === true && mayBeProtected(state, journal))) for (const urn of requires(state)) stays.add(urn);
    else going.add(state.urn);
  }
  return going;
}

/**
 * What is deleted by the deletion of something else, and can stay in the state until then.
 *
 * @param groups - what is left, in the order in which it is deleted
 * @param spared - these stay, with all that they need
 */
export function companionsIn(groups: Groups, spared: readonly ResourceState[], journal: Journal): ReadonlySet<ResourceState> {
  const going = doomed(groups, spared, journal);
  // What is only forgotten takes nothing along.
  const taking = new Set(groups.flat().flatMap((state) => (going.has(state.urn) && needsProvider(state) ? [state.urn] : [])));
  const wasThere = (state: ResourceState): boolean => journal.origin(state).delete !== true;
  const replaced = new Set(groups.flat().flatMap((state) => (state.delete === true && wasThere(state) ? [state.urn] : [])));
  // Where something new is in its place already, only what both were when the run began belongs together for sure.
  const belongs = (state: ResourceState, other: string): boolean => journal.made(other) === undefined || (replaced.has(other) && wasThere(state));
  const depths = new Map(groups.flatMap((group, depth) => group.map(({ urn }) => [urn, depth] as const)));
  const depthOf = (urn: string): number => depths.get(urn) ?? Infinity;
  /** When they leave: with this one. */
  const ends = new Map<string, string>();
  const companions = new Set<ResourceState>();
  for (const state of groups.toReversed().flat()) {
    const other = state.deletedWith;
    if (other === undefined || !taking.has(other) || !going.has(state.urn) || !needsProvider(state) || journal.mayHaveMoved(state) || !belongs(state, other)) continue;
    const end = ends.get(other) ?? other;
    const outlives = (urn: string): boolean => (ends.get(urn) ?? urn) === end || !going.has(urn) || depthOf(ends.get(urn) ?? urn) > depthOf(end);
    if (!requires(state).every((urn) => urn === other || outlives(urn))) continue;
    ends.set(state.urn, end);
    companions.add(state);
  }
  return companions;
}

/** What is deleted by the deletion of something else. It leaves the state together with the first thing that it needs, and not before. */
export class Companions {
  readonly #waiting = new Set<ResourceState>();

  /** It waits. */
  add(state: ResourceState): void {
    this.#waiting.add(state);
  }

  /** Those that leave together with a resource. */
  leaving(urn: string): readonly ResourceState[] {
    const those = [...this.#waiting].filter((state) => requires(state).includes(urn));
    for (const state of those) this.#waiting.delete(state);
    return those.flatMap((state) => [...this.leaving(state.urn), state]);
  }

  /** Those that stay with a resource. */
  staying(urn: string): readonly ResourceState[] {
    return [...this.#waiting].filter(({ deletedWith }) => deletedWith === urn).flatMap((state) => [state, ...this.staying(state.urn)]);
  }
}
