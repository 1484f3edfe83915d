import { Issues } from "#model/issue.ts";
import { deleteResource, needsProvider } from "#engine/execute.ts";
import type { EngineEvent } from "#engine/events.ts";
import type { Workplace } from "#engine/execute.ts";
import { requires } from "#engine/integrity.ts";
import type { Pool } from "#model/pool.ts";
import type { Providers } from "#engine/providers.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import type { Steps, ToldStep } from "#engine/steps.ts";
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

/** How it came out. */
export interface Deleted {
  /** All that was to go is gone, or waits for its machine. */
  readonly succeeded: boolean;
  /** What was not come to. */
  readonly waiting: readonly ResourceState[];
}

/**
 * The resources in groups that can be deleted at once: nothing in a group is needed by what is in it or in a later one
 * (pulumi pkg/resource/deploy, ScheduleDeletes). Linear in resources and references.
 *
 * @param resources - in topological order, as a snapshot has them
 */
export function deletionGroups(resources: readonly ResourceState[]): readonly (readonly ResourceState[])[] {
  // The longest way up from a resource to one that nobody needs: what needs it is in an earlier group.
  const depths = new Map<string, number>();
  const groups: ResourceState[][] = [];
  for (const state of resources.toReversed()) {
    const depth = depths.get(state.urn) ?? 0;
    (groups[depth] ??= []).push(state);
    for (const urn of requires(state)) depths.set(urn, Math.max(depths.get(urn) ?? 0, depth + 1));
  }
  return groups;
}

const isProtection = (error: unknown): boolean => error instanceof Issues && error.issues.every(({ code }) => code === "resource.protected");

/** Refuses what is protected. */
export function refuseProtected(state: ResourceState): void {
  if (state.protect === true)
    throw new Issues([{ code: "resource.protected", at: state.urn, path: "", message: "is to be deleted, and is protected", fix: "set protect: false and run `up` once, or declare it again" }]);
}

/** What a killed run began beside what is declared was never anybody's to protect. */
const mayBeProtected = (state: ResourceState, { place }: DeleteOptions): boolean => state.id !== undefined || place.journal.made(state.urn) === undefined;

/** The URNs of what will be deleted, if nothing fails. */
function doomed(groups: readonly (readonly ResourceState[])[], options: DeleteOptions): ReadonlySet<string> {
  const { spared = [] } = options;
  const stays = new Set(spared.flatMap((state) => [state.urn, ...requires(state)]));
  const going = new Set<string>();
  for (const state of groups.flat()) {
    if (stays.has(state.urn) || (state.protect === true && mayBeProtected(state, options))) for (const urn of requires(state)) stays.add(urn);
    else going.add(state.urn);
  }
  return going;
}

/** Tells what is deleted by the deletion of something else. */
function companionTest(groups: readonly (readonly ResourceState[])[], options: DeleteOptions): (state: ResourceState) => boolean {
  const { journal } = options.place;
  const going = doomed(groups, options);
  const wasThere = (state: ResourceState): boolean => journal.origin(state).delete !== true;
  const replaced = new Set(groups.flat().flatMap((state) => (state.delete === true && wasThere(state) ? [state.urn] : [])));
  return (state) => {
    const other = state.deletedWith;
    if (other === undefined || !going.has(other) || !going.has(state.urn) || !needsProvider(state)) return false;
    // Where something new is in its place already, only what both were when the run began belongs together for sure.
    return journal.made(other) === undefined || (replaced.has(other) && wasThere(state));
  };
}

/** What is deleted by the deletion of something else. It leaves the state together with the first thing that it needs, and not before. */
class Companions {
  readonly #waiting = new Set<ResourceState>();

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

/** Returns whether it is gone; undefined where there was no time left for it. */
async function deleteOne(state: ResourceState, options: DeleteOptions, companions: Companions, stopping: () => boolean): Promise<boolean | undefined> {
  const { place, providers, pool, steps } = options;
  const { journal } = place;
  if (stopping()) return undefined;
  if (mayBeProtected(state, options)) refuseProtected(state);
  const provider = needsProvider(state) && state.provider !== undefined ? await providers.find(state.provider, state.urn) : undefined;
  const step = { op: "delete" as const, urn: state.urn, name: nameOf(state.urn), state, diff: undefined };
  const outcome = (): ToldStep | undefined => {
    const how = place.postponed.get(state.urn);
    return how === undefined ? undefined : { ...step, postponed: how };
  };
  const gone: ResourceState[] = [];
  const forget = (): void => {
    gone.push(...companions.leaving(state.urn));
    for (const one of [...gone, state]) journal.remove(one);
  };
  // A cascade of this run has deleted it, and told of that.
  if (state.pendingReplacement === true && journal.origin(state).pendingReplacement !== true) return deleteResource(state, undefined, place, forget);
  const deleted = await pool.run(async () => (stopping() ? undefined : steps.run(step, () => deleteResource(state, provider, place, forget), outcome)));
  for (const one of gone) await steps.run({ ...step, urn: one.urn, name: nameOf(one.urn), state: one }, () => Promise.resolve());
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
  const goesAlong = companionTest(groups, options);
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
          if (!isKept && goesAlong(state)) {
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
