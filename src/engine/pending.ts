import { isFault } from "#model/fault.ts";
import type { ResourceProvider } from "#provider/contract.ts";
import type { EngineEvent } from "#engine/events.ts";
import type { Journal } from "#engine/journal.ts";
import type { Providers } from "#engine/providers.ts";
import { readNow } from "#engine/read-state.ts";
import type { PendingOperation, ResourceState, Snapshot } from "#engine/snapshot.ts";

const isChanging = ({ type }: PendingOperation): boolean => type === "updating" || type === "deleting";

const isNamed = ({ urn, aliases = [] }: ResourceState, other: string): boolean => urn === other || aliases.includes(other);

/** True when a killed run was changing just that resource: what the state says of it may not be so. */
export const leavesInDoubt = (operation: PendingOperation, state: ResourceState): boolean =>
  isChanging(operation) &&
  state.pendingReplacement !== true &&
  state.id !== undefined &&
  operation.resource.id === state.id &&
  isNamed(operation.resource, state.urn) &&
  // What was replaced has the URN of what took its place, and may have its id.
  (operation.resource.delete === true) === (state.delete === true);

/** A state of what a killed run was updating, once it was read: nobody knows whether it is still in what it was deleted with, so that it is deleted by itself. */
export const unmoored = ({ deletedWith: _, ...state }: ResourceState): ResourceState => state;

/** What is deleted with something that a killed run was deleting, directly or not. */
export function mayBeGoneWithOthers({ resources, pendingOperations }: Snapshot): ReadonlySet<ResourceState> {
  const others = new Set(pendingOperations.flatMap(({ type, resource }) => (type === "deleting" ? [resource.urn, ...(resource.aliases ?? [])] : [])));
  const those = new Set<ResourceState>();
  // What it is deleted with comes before it.
  for (const state of others.size === 0 ? [] : resources)
    if (state.deletedWith !== undefined && others.has(state.deletedWith)) {
      those.add(state);
      others.add(state.urn);
    }
  return those;
}

/**
 * What may be gone with something that is looked at now, and was not seen itself: it is in doubt by itself from here on.
 *
 * @param before - what a killed run left
 * @param after - the same without what was seen
 */
export function ownDoubts(before: Snapshot, after: Snapshot, isSeen: (state: ResourceState) => boolean): readonly PendingOperation[] {
  const urns = new Set([...mayBeGoneWithOthers(before)].flatMap((state) => (isSeen(state) ? [] : [state.urn])));
  const still = mayBeGoneWithOthers(after);
  const operations = after.resources.flatMap((resource) => (urns.has(resource.urn) && !isSeen(resource) && !still.has(resource) ? [{ type: "deleting" as const, resource }] : []));
  return operations.filter(({ resource }) => !after.pendingOperations.some((operation) => leavesInDoubt(operation, resource)));
}

/** The operations of killed runs that the next run cannot leave at that: what may have been made, and what may be otherwise or gone. */
export function openOperations({ resources, pendingOperations }: Snapshot): readonly PendingOperation[] {
  const urns = new Set(pendingOperations.flatMap(({ resource }) => [resource.urn, ...(resource.aliases ?? [])]));
  const states = urns.size === 0 ? [] : resources.filter(({ urn }) => urns.has(urn));
  return pendingOperations.filter((operation) => operation.type === "creating" || states.some((state) => leavesInDoubt(operation, state)));
}

/** Warns of what killed runs were doing. */
export function warnOfPending(snapshot: Snapshot | undefined, report: (event: EngineEvent) => void): void {
  const next = (operation: PendingOperation): string =>
    operation.type === "creating"
      ? ", and it may be there: `up` completes it, or takes it away where the program no longer wants it; `destroy` takes it away, `refresh --clear-pending-creates` forgets it"
      : "; this run looks again at what is there";
  for (const operation of snapshot?.pendingOperations ?? [])
    report({ event: "diagnostic", severity: "warning", urn: operation.resource.urn, message: `an earlier run was killed while ${operation.type} this resource${next(operation)}` });
}

/** What a look at a resource works with. */
export interface LookOptions {
  readonly journal: Journal;
  readonly providers: Providers;
  readonly preview: boolean;
  readonly report: (event: EngineEvent) => void;
}

/** What is deleted with a resource that is gone is gone too. */
function forgetCompanions({ urn }: ResourceState, journal: Journal): void {
  for (const state of journal.left())
    if (state.deletedWith === urn && state.urn !== urn && state.pendingReplacement !== true && state.delete !== true && !journal.mayHaveMoved(state)) {
      journal.settle(state, { ...state, pendingReplacement: true });
      forgetCompanions(state, journal);
    }
}

/**
 * The state of a resource as one can decide from it: what a killed run was changing is read before. What is gone counts as
 * deleted in order to be made again.
 */
export async function lookAgain(old: ResourceState | undefined, provider: ResourceProvider, { journal, providers, preview, report }: LookOptions): Promise<ResourceState | undefined> {
  if (old === undefined || !journal.isInDoubt(old)) return old;
  try {
    const { state, postponed } = await providers.quietly(old.urn, () => readNow(old, provider, report));
    if (postponed !== undefined) return old;
    const now = state === undefined ? { ...old, pendingReplacement: true } : journal.mayHaveMoved(old) ? unmoored(state) : state;
    journal.settle(old, now);
    if (state === undefined) forgetCompanions(old, journal);
    return now;
  } catch (error) {
    // The diff meets the fault of a machine again, and knows how a preview tells of it.
    if (preview && isFault(error)) return old;
    throw error;
  }
}
