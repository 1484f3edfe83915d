import type { JsonObject } from "#model/value.ts";
import { manifestOf } from "#engine/checkpoint.ts";
import { given } from "#engine/json-fields.ts";
import { topologicalOrder } from "#engine/integrity.ts";
import { GroupCommit } from "#engine/group-commit.ts";
import { leavesInDoubt, mayBeGoneWithOthers, openOperations } from "#engine/pending.ts";
import { withRenames } from "#engine/renames.ts";
import type { OperationType, PendingOperation, ResourceState, Snapshot } from "#engine/snapshot.ts";
import { emptySnapshot } from "#engine/snapshot.ts";

/**
 * The state while a run goes on: the states that this run made, in the order in which they were made, then what the last run
 * left and this one has not come to yet (pulumi pkg/backend/snapshot.go). That order is topological, because a resource is
 * made after all that it refers to.
 */
export class Journal {
  readonly #base: Snapshot;
  /** States of the last run that this one has replaced or deleted. */
  readonly #gone = new Set<ResourceState>();
  readonly #news = new Map<string, ResourceState>();
  /** What has taken the place of a state of the last run until this one comes to it, or deletes it. */
  readonly #waiting = new Map<ResourceState, ResourceState>();
  /** The states of the last run whose place something took. */
  readonly #origins = new Map<ResourceState, ResourceState>();
  /** The old URNs of what the program calls otherwise now, by the new ones. */
  readonly #formerUrns = new Map<string, string>();
  /** From old URNs to new ones, of what this run has come to. */
  readonly #renames = new Map<string, string>();
  /** Has states follow `renames`; undefined while nothing was renamed, or something just was. */
  #follow: ((state: ResourceState) => ResourceState) | undefined;
  readonly #pending = new Set<PendingOperation>();
  /** What killed runs were doing, and may have done. */
  readonly #orphans: Set<PendingOperation>;
  /** Where a killed run was deleting what they are deleted with. */
  readonly #mayBeGone: ReadonlySet<ResourceState>;
  readonly #commits: GroupCommit<undefined> | undefined;
  #changed = false;
  /** What this run made may refer to what comes after it. */
  #isMixed: boolean;

  /**
   * @param save - writes a snapshot; undefined at preview
   * @param isPartial - some of what the program declares stays as it is, and what this run makes may refer to it
   */
  constructor(base: Snapshot | undefined, save: ((snapshot: Snapshot) => Promise<void>) | undefined, isPartial = false) {
    this.#isMixed = isPartial;
    this.#base = base ?? emptySnapshot();
    this.#orphans = new Set(openOperations(this.#base));
    this.#mayBeGone = mayBeGoneWithOthers(this.#base);
    this.#changed = this.#orphans.size < this.#base.pendingOperations.length;
    // Building a snapshot costs as much as there are resources: it is done once per write, not once per step.
    this.#commits = save === undefined ? undefined : new GroupCommit(() => save(this.snapshot()));
  }

  /** True when the state is not as the last run left it. */
  get changed(): boolean {
    return this.#changed;
  }

  /** The state that this run made under the URN. */
  made(urn: string): ResourceState | undefined {
    return this.#news.get(urn);
  }

  /** The URNs of all that this run has come to. */
  get declared(): ReadonlySet<string> {
    return new Set(this.#news.keys());
  }

  /** The state as it would be written now. */
  snapshot(): Snapshot {
    const resources = [...this.#news.values(), ...this.left()];
    return {
      ...this.#base,
      manifest: { ...manifestOf(""), ...given({ extra: this.#base.manifest.extra }) },
      resources: this.#isMixed ? topologicalOrder(resources) : resources,
      pendingOperations: [...this.#pending, ...this.#orphans],
    };
  }

  /** Resolves when the state is on the disk. */
  async flush(): Promise<void> {
    await this.#commits?.save(undefined);
  }

  /** Notes on the disk that something is about to happen; only then may it happen. */
  async begin(type: OperationType, resource: ResourceState): Promise<PendingOperation> {
    // The next run must find the state that this is about, which has its old URN until this is done.
    const former = this.#formerUrns.get(resource.urn);
    const operation: PendingOperation = { type, resource: former === undefined ? resource : { ...resource, aliases: [former] } };
    this.#pending.add(operation);
    this.#changed = true;
    await this.flush();
    return operation;
  }

  /**
   * It happened, or it did not: the operation is over. It need not be on the disk at once: a run that is killed now leaves the
   * operation pending, and the next one looks again; whatever builds on it is written together with it.
   */
  end(operation: PendingOperation): void {
    this.#pending.delete(operation);
    // A disk that fails also fails the next `begin` and the last `flush`, which tell of it.
    this.flush().catch(() => undefined);
  }

  /** The state of a resource that could not be changed: it may need what this run has not come to, or is to delete. */
  putUnchanged(state: ResourceState, old: ResourceState): void {
    this.#isMixed = true;
    this.#leave(old);
    this.put(this.#followed(state), old);
  }

  /** The new state of a resource in place of the last run's; what killed runs were doing may still be so. */
  put(state: ResourceState, old: ResourceState | undefined): void {
    if (old !== undefined) this.#leave(old);
    this.#news.set(state.urn, state);
    if (state !== old) this.#changed = true;
  }

  /** A resource that was made, or read for the program: what killed runs were making under its URN is this. */
  putMade(state: ResourceState, old: ResourceState | undefined): void {
    this.put(state, old);
    this.#forget(({ type, resource }) => type === "creating" && resource.urn === state.urn);
    // What is in the state is not also being made: a kill between the two would have it taken away.
    for (const operation of this.#pending) if (operation.type === "creating" && operation.resource.urn === state.urn) this.#pending.delete(operation);
  }

  /** A resource that is as it was, and whose state needs no writing. */
  keep(state: ResourceState, old: ResourceState): void {
    this.#leave(old);
    this.#news.set(state.urn, state);
  }

  /** True when a killed run was changing the resource, or deleting what it is deleted with, and nobody has looked at it since. */
  isInDoubt(state: ResourceState): boolean {
    return [...this.#orphans].some((operation) => this.#isAbout(operation, state)) || (this.#mayBeGone.has(this.origin(state)) && state.pendingReplacement !== true && state.id !== undefined);
  }

  /** True when a killed run was updating the resource, and nobody has looked at it since: it may no longer be in what the state says that it is deleted with. */
  mayHaveMoved(state: ResourceState): boolean {
    return [...this.#orphans].some((operation) => operation.type === "updating" && this.#isAbout(operation, state));
  }

  #isAbout(operation: PendingOperation, state: ResourceState): boolean {
    const former = this.#formerUrns.get(state.urn);
    return leavesInDoubt(operation, state) || (former !== undefined && leavesInDoubt(operation, { ...state, urn: former }));
  }

  /** The state of the last run that another one took the place of. */
  origin(state: ResourceState): ResourceState {
    return this.#origins.get(state) ?? state;
  }

  /** What this run knows of a state of the last one, under the URN that it shall have. */
  current(state: ResourceState, urn = state.urn): ResourceState {
    const now = this.#followed(this.#waiting.get(state) ?? state);
    if (now === state && urn === state.urn) return state;
    const renamed = { ...now, urn };
    this.#origins.set(renamed, state);
    if (urn !== state.urn) {
      this.#formerUrns.set(urn, state.urn);
      this.#changed = true;
    }
    return renamed;
  }

  /** A state of the last run is known to be so now: it was looked at, changed, or replaced and is still to be deleted. */
  settle(old: ResourceState, now: ResourceState): void {
    this.#forget((operation) => this.#isAbout(operation, old));
    this.#changed = true;
    if (now === old) return;
    const origin = this.#leave(old);
    this.#waiting.set(origin, now);
    this.#origins.set(now, origin);
  }

  /** What killed runs were making and this one has not come to: it may be there, and then nobody else knows of it. */
  get unfinished(): readonly ResourceState[] {
    return [...this.#orphans].flatMap(({ type, resource }) => (type === "creating" ? [resource] : []));
  }

  /** Deleted. */
  remove(old: ResourceState): void {
    this.#leave(old);
    this.#forget((operation) => operation.resource === old || this.#isAbout(operation, old));
    this.#changed = true;
  }

  /** Nothing is left of a state of the last run, or of what took its place. Returns the former. */
  #leave(old: ResourceState): ResourceState {
    const origin = this.#origins.get(old) ?? old;
    this.#gone.add(origin);
    this.#waiting.delete(origin);
    if (origin.urn !== old.urn && !this.#renames.has(origin.urn)) {
      this.#renames.set(origin.urn, old.urn);
      this.#follow = undefined;
    }
    return origin;
  }

  #followed(state: ResourceState): ResourceState {
    if (this.#renames.size === 0) return state;
    this.#follow ??= withRenames(this.#renames, this.#base.resources);
    return this.#follow(state);
  }

  #forget(isOver: (operation: PendingOperation) => boolean): void {
    for (const operation of this.#orphans) if (isOver(operation)) this.#orphans.delete(operation);
  }

  /** Outputs that a component declares when it is complete. */
  setOutputs(state: ResourceState, outputs: JsonObject): void {
    this.#news.set(state.urn, { ...state, outputs });
    this.#changed = true;
  }

  /** Nothing of what killed runs were doing is of interest any more. */
  forgetPending(): void {
    this.#orphans.clear();
    this.#changed = true;
  }

  /** What the last run left and this one has neither made nor deleted, and what it replaced, in the last run's order. */
  left(): readonly ResourceState[] {
    return this.#base.resources.flatMap((state) => {
      const waiting = this.#waiting.get(state) ?? (this.#gone.has(state) ? undefined : state);
      if (waiting === undefined) return [];
      const now = this.#followed(waiting);
      if (now !== waiting) {
        this.#waiting.set(state, now);
        this.#origins.set(now, state);
      }
      return [now];
    });
  }
}
