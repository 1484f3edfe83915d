import { UNKNOWN } from "#model/value.ts";
import { deleteResource, needsProvider } from "#engine/execute.ts";
import type { Workplace } from "#engine/execute.ts";
import { diffOf, replaces } from "#engine/generate.ts";
import { isProviderType, requires } from "#engine/integrity.ts";
import type { PlanKeeper } from "#engine/plan-keeper.ts";
import { refuseProtected } from "#engine/protection.ts";
import type { Providers } from "#engine/providers.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import { deleteStep, orPostponed } from "#engine/steps.ts";
import type { Steps } from "#engine/steps.ts";
import type { Targets } from "#engine/targets.ts";
import { nameOf } from "#engine/urn.ts";

/** What a cascade works with. */
export interface CascadeOptions {
  readonly place: Workplace;
  readonly providers: Providers;
  readonly steps: Steps;
  readonly keeper: PlanKeeper | undefined;
  /** What the run is about; undefined for all. */
  readonly targets: Targets | undefined;
  /** Waits until there is room for one more call of a provider. */
  readonly pooled: <T>(task: () => Promise<T>) => Promise<T>;
}

/**
 * Deletes what cannot outlive a resource that is deleted before it is made anew: what would have to be made anew itself when that
 * one's outputs change (pulumi pkg/resource/deploy, calculateDependentReplacements). What the program does not ask for again then
 * is gone; the rest is made when it does.
 */
export class Cascade {
  readonly #options: CascadeOptions;
  /** What may be deleted by a cascade, and when that is over. */
  readonly #threats = new Map<ResourceState, Promise<unknown>>();
  /** What the program has come to and is at work on, and when that is over, or waits for a cascade of its own. */
  readonly #underWay = new Map<ResourceState, PromiseWithResolvers<undefined>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: CascadeOptions) {
    this.#options = options;
  }

  /** Resolves when no cascade is under way that may delete a state of the last run; none will until it is disposed of. */
  async begin(state: ResourceState): Promise<Disposable> {
    for (let threat = this.#threats.get(state); threat !== undefined; threat = this.#threats.get(state)) await threat;
    const ended = Promise.withResolvers<undefined>();
    this.#underWay.set(state, ended);
    return {
      [Symbol.dispose]: () => {
        this.#underWay.delete(state);
        ended.resolve(undefined);
      },
    };
  }

  /** Deletes what goes before a resource. Returns what the deletion of that one deletes too, and is still in the state. */
  async clear(root: ResourceState): Promise<readonly ResourceState[]> {
    // Who waits for it would wait for ever.
    this.#underWay.get(this.#options.place.journal.origin(root))?.resolve(undefined);
    const threatened = this.#dependents(root);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    // One at a time: two may have to delete the same.
    const before = this.#last;
    this.#last = promise;
    for (const state of threatened) this.#threats.set(state, promise);
    try {
      await before;
      // What is just being taken out of it need not go; what could not be taken out must.
      await Promise.all(this.#dependents(root, true).flatMap((state) => this.#underWay.get(state)?.promise ?? []));
      return await this.#deleteThose(root, this.#dependents(root));
    } finally {
      for (const state of threatened) if (this.#threats.get(state) === promise) this.#threats.delete(state);
      resolve(undefined);
    }
  }

  #namesOf(root: ResourceState): readonly string[] {
    return [root.urn, this.#options.place.journal.origin(root).urn];
  }

  /**
   * All that needs a resource, directly or not, in order, as the last run left it.
   *
   * @param all - also what the program is at work on
   */
  #dependents(root: ResourceState, all = false): readonly ResourceState[] {
    const { place } = this.#options;
    const reached = new Set(this.#namesOf(root));
    return place.journal.left().flatMap((state) => {
      const origin = place.journal.origin(state);
      if (state.delete === true || (!all && this.#underWay.has(origin)) || !requires(state).some((urn) => reached.has(urn))) return [];
      reached.add(state.urn);
      return [origin];
    });
  }

  async #deleteThose(root: ResourceState, candidates: readonly ResourceState[]): Promise<readonly ResourceState[]> {
    const { place, keeper, targets } = this.#options;
    const going = new Set(this.#namesOf(root));
    const condemned: ResourceState[] = [];
    for (const candidate of candidates) {
      const state = place.journal.current(candidate);
      const isDeleted = state.pendingReplacement === true;
      if (!isDeleted && !(await this.#mustGo(state, going))) continue;
      going.add(state.urn);
      if (!isDeleted) condemned.push(state);
    }
    // All are known before anything is touched.
    targets?.refuse(condemned.map((state) => place.journal.origin(state)), root.urn);
    for (const state of condemned) refuseProtected(state, `must be deleted before ${nameOf(root.urn)} is made anew`);
    keeper?.deletes(condemned);
    // Where one that was replaced could not be deleted, nobody can tell which of the two holds it; what a killed run was changing may be out of there.
    const twice = new Set(place.journal.left().flatMap((state) => (state.delete === true ? [state.urn, place.journal.origin(state).urn] : [])));
    // What is only forgotten takes nothing along.
    const taking = new Set([...(needsProvider(root) ? this.#namesOf(root) : []), ...condemned.filter(needsProvider).map(({ urn }) => urn)]);
    const along = condemned.filter((state) => state.deletedWith !== undefined && taking.has(state.deletedWith) && !twice.has(state.deletedWith) && !place.journal.isInDoubt(state) && needsProvider(state));
    const companions = (urns: readonly string[]): readonly ResourceState[] => along.filter(({ deletedWith = "" }) => urns.includes(deletedWith)).flatMap((state) => [...companions([state.urn]), state]);
    for (const state of condemned.toReversed()) if (!along.includes(state)) await this.#delete(state, companions([state.urn]));
    return companions(this.#namesOf(root));
  }

  /** True for what cannot stay when others go. */
  async #mustGo(state: ResourceState, going: ReadonlySet<string>): Promise<boolean> {
    if (!state.custom || state.external === true || isProviderType(state.type) || state.provider === undefined) return false;
    if (state.deletedWith !== undefined && going.has(state.deletedWith)) return true;
    const affected = Object.entries(state.propertyDependencies).flatMap(([key, urns]) => (key in state.inputs && urns.some((urn) => going.has(urn)) ? [key] : []));
    if (affected.length === 0) return false;
    const { providers, pooled } = this.#options;
    const provider = await providers.find(state.provider, state.urn);
    const inputs = { ...state.inputs, ...Object.fromEntries(affected.map((key) => [key, UNKNOWN])) };
    const { type, ignoreChanges = [], replaceOnChanges = [] } = state;
    return replaces(await pooled(() => providers.quietly(state.urn, () => diffOf(state, inputs, provider, { type, name: nameOf(state.urn), ignoreChanges, replaceOnChanges }))));
  }

  async #delete(state: ResourceState, companions: readonly ResourceState[]): Promise<void> {
    const { place, providers, steps, pooled } = this.#options;
    const provider = await providers.toDelete(state);
    const step = deleteStep(state);
    const forget = (): void => {
      for (const one of [...companions, state]) place.journal.settle(one, { ...one, pendingReplacement: true });
    };
    const gone = await pooled(() => steps.run(step, () => deleteResource(state, provider, place, forget), orPostponed(step, place.postponed)));
    if (!gone) throw new Error(`${nameOf(state.urn)} has to be deleted before, and its machine does not answer`);
    await steps.tellDeleted(companions);
  }
}
