import { Issues } from "#model/issue.ts";
import { deleteResource } from "#engine/execute.ts";
import type { EngineEvent } from "#engine/events.ts";
import type { Workplace } from "#engine/execute.ts";
import { isProviderType, requires } from "#engine/integrity.ts";
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

/** The provider that has to be called; undefined where forgetting is all. */
function needsProvider(state: ResourceState): boolean {
  return state.custom && !isProviderType(state.type) && state.external !== true && state.retainOnDelete !== true && state.pendingReplacement !== true;
}

const isProtection = (error: unknown): boolean => error instanceof Issues && error.issues.every(({ code }) => code === "resource.protected");

/** Refuses what is protected. */
export function refuseProtected(state: ResourceState): void {
  if (state.protect === true)
    throw new Issues([{ code: "resource.protected", at: state.urn, path: "", message: "is to be deleted, and is protected", fix: "set protect: false and run `up` once, or declare it again" }]);
}

/** Returns whether it is gone; undefined where there was no time left for it. */
async function deleteOne(state: ResourceState, { place, providers, pool, steps }: DeleteOptions, stopping: () => boolean): Promise<boolean | undefined> {
  const { journal } = place;
  if (stopping()) return undefined;
  // What a killed run began beside what is declared was never anybody's to protect.
  if (state.id !== undefined || journal.made(state.urn) === undefined) refuseProtected(state);
  const provider = needsProvider(state) && state.provider !== undefined ? await providers.find(state.provider, state.urn) : undefined;
  const step = { op: "delete" as const, urn: state.urn, name: nameOf(state.urn), state, diff: undefined };
  const outcome = (): ToldStep | undefined => {
    const how = place.postponed.get(state.urn);
    return how === undefined ? undefined : { ...step, postponed: how };
  };
  return pool.run(async () => (stopping() ? undefined : steps.run(step, () => deleteResource(state, provider, place, () => journal.remove(state)), outcome)));
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
  const kept = new Set<string>();
  const keep = (state: ResourceState): void => {
    for (const urn of requires(state)) kept.add(urn);
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
          const gone = stays.has(state.urn) || kept.has(state.urn) ? false : await deleteOne(state, options, stopping);
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
