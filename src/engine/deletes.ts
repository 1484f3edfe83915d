import { Issues } from "#model/issue.ts";
import { Companions, companionsIn, mayBeProtected } from "#engine/companions.ts";
import { deleteResource } from "#engine/execute.ts";
import type { EngineEvent } from "#engine/events.ts";
import type { Workplace } from "#engine/execute.ts";
import { diffOf, replaces } from "#engine/generate.ts";
import { requires } from "#engine/integrity.ts";
import { refuseDeletion } from "#engine/protection.ts";
import type { Pool } from "#model/pool.ts";
import type { Providers } from "#engine/providers.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import { deleteStep, orPostponed } from "#engine/steps.ts";
import type { Steps } from "#engine/steps.ts";
import { nameOf } from "#engine/urn.ts";

/** What deletes work with. */
export interface DeleteOptions {
  readonly place: Workplace;
  readonly providers: Providers;
  readonly pool: Pool;
  readonly steps: Steps;
  readonly fail: (error: unknown, urn: string) => void;
  readonly report: (event: EngineEvent) => void;
  readonly signal: AbortSignal;
  /** After the first failure nothing more begins. */
  readonly failFast: boolean;
  /** These stay, with all that they need. @defaultValue none */
  readonly spared?: readonly ResourceState[];
}

/** So often the order of deletions is looked through for what goes with what. */
const PASSES = 20;

/** How it came out. */
export interface Deleted {
  /** All that was to go is gone, or waits for its machine. */
  readonly succeeded: boolean;
  /** What was not come to. */
  readonly waiting: readonly ResourceState[];
}

/**
 * The longest way up from each resource to one that nobody needs: what needs it is deleted before. What goes with another one stays
 * until that is gone, where that can be, and so does what it needs.
 */
function depthsOf(resources: readonly ResourceState[]): ReadonlyMap<ResourceState, number> {
  const later = new Map<string, string[]>();
  const byUrn = new Map(resources.map((state) => [state.urn, state]));
  for (const { deletedWith: other, ...state } of resources) {
    if (other === undefined) continue;
    const besides = requires(state).filter((urn) => urn !== other && !requires(byUrn.get(urn) ?? state).includes(other));
    later.set(other, [...(later.get(other) ?? []), ...besides]);
  }
  const pass = (known: ReadonlyMap<string, number>, moreOf: (urn: string) => readonly string[]): { depths: Map<ResourceState, number>; needed: Map<string, number> } => {
    const [depths, needed] = [new Map<ResourceState, number>(), new Map(known)];
    for (const state of resources.toReversed()) {
      const depth = needed.get(state.urn) ?? 0;
      depths.set(state, depth);
      for (const urn of [...requires(state), ...moreOf(state.urn)]) needed.set(urn, Math.max(needed.get(urn) ?? 0, depth + 1));
    }
    return { depths, needed };
  };
  const first = pass(new Map(), () => []);
  if (later.size === 0) return first.depths;
  // What has to wait may come after what it waits for: again, until nothing moves. In a circle that never ends.
  let before = pass(new Map(), (urn) => later.get(urn) ?? []);
  for (let round = 0; round < PASSES; round++) {
    const next = pass(before.needed, (urn) => later.get(urn) ?? []);
    if ([...next.depths].every(([state, depth]) => before.depths.get(state) === depth)) return next.depths;
    before = next;
  }
  return first.depths;
}

/**
 * The resources in groups that can be deleted at once: nothing in a group is needed by what is in it or in a later one
 * (pulumi pkg/resource/deploy, ScheduleDeletes). Linear in resources and references.
 *
 * @param resources - in topological order, as a snapshot has them
 */
export function deletionGroups(resources: readonly ResourceState[]): readonly (readonly ResourceState[])[] {
  const depths = depthsOf(resources);
  const groups: ResourceState[][] = [];
  for (const state of resources.toReversed()) (groups[depths.get(state) ?? 0] ??= []).push(state);
  return groups;
}

const isProtection = (error: unknown): boolean => error instanceof Issues && error.issues.every(({ code }) => code === "resource.protected");

/**
 * True for what a killed run was making and another one has made since: the Pulumi CLI keeps the operation beside the resource. It is no
 * second thing unless it would have to be made anew to become what the first is.
 */
async function isMade(state: ResourceState, { journal }: Workplace, providers: Providers): Promise<boolean> {
  const made = journal.unfinished.includes(state) ? journal.made(state.urn) : undefined;
  if (made?.id === undefined || made.type !== state.type) return false;
  const provider = await providers.toDelete(made);
  const goal = { type: made.type, name: nameOf(made.urn), ignoreChanges: [], replaceOnChanges: [] };
  return !replaces(await providers.quietly(made.urn, () => diffOf(made, state.inputs, provider, goal)));
}

/** Returns whether it is gone; undefined where there was no time left for it. */
async function deleteOne(state: ResourceState, options: DeleteOptions, companions: Companions, stopping: () => boolean): Promise<boolean | undefined> {
  const { place, providers, pool, steps } = options;
  const { journal } = place;
  if (stopping()) return undefined;
  if (await isMade(state, place, providers)) {
    journal.remove(state);
    return true;
  }
  if (mayBeProtected(state, journal)) refuseDeletion(state);
  const provider = await providers.toDelete(state);
  const step = deleteStep(state);
  const gone: ResourceState[] = [];
  const forget = (): void => {
    gone.push(...companions.leaving(state.urn));
    for (const one of [...gone, state]) journal.remove(one);
  };
  // A cascade of this run has deleted it, and told of that.
  if (state.pendingReplacement === true && journal.origin(state).pendingReplacement !== true) return deleteResource(state, undefined, place, forget);
  const deleted = await pool.run(async () => (stopping() ? undefined : steps.run(step, () => deleteResource(state, provider, place, forget), orPostponed(step, place.postponed))));
  await steps.tellDeleted(gone);
  return deleted;
}

/**
 * Deletes what is left of the last run, what depends on others first. What a resource that was not deleted needs is kept too;
 * the others go on.
 */
export async function deleteLeft(options: DeleteOptions): Promise<Deleted> {
  const { spared = [] } = options;
  const stays = new Set(spared.map(({ urn }) => urn));
  const { journal } = options.place;
  const groups = deletionGroups([...journal.left(), ...journal.unfinished]);
  if (groups.length > 0 && !options.place.preview) options.report({ event: "phase", phase: "delete" });
  const along = companionsIn(groups, spared, options.place.journal);
  const companions = new Companions();
  const kept = new Set<string>();
  const keep = (state: ResourceState): void => {
    for (const one of [state, ...companions.staying(state.urn)]) for (const urn of requires(one)) kept.add(urn);
  };
  spared.forEach(keep);
  const waiting: ResourceState[] = [];
  const failures: unknown[] = [];
  let stopped = false;
  const stopping = (): boolean => stopped || options.signal.aborted;
  for (const group of groups)
    await Promise.all(
      group.map(async (state) => {
        try {
          const isKept = stays.has(state.urn) || kept.has(state.urn);
          if (!isKept && along.has(state)) {
            companions.add(state);
            return;
          }
          const gone = isKept ? false : await deleteOne(state, options, companions, stopping);
          if (gone !== true) keep(state);
          if (gone === undefined) waiting.push(state);
        } catch (error) {
          options.fail(error, state.urn);
          keep(state);
          failures.push(error);
          // A protected resource is known before anything is touched: the others go on.
          if (options.failFast && !isProtection(error)) stopped = true;
        }
      }),
    );
  return { succeeded: failures.length === 0 && waiting.length === 0, waiting };
}
