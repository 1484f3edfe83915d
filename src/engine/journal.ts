import type { JsonObject } from "#model/value.ts";
import { manifestOf } from "#engine/checkpoint.ts";
import { topologicalOrder } from "#engine/integrity.ts";
import { GroupCommit } from "#engine/group-commit.ts";
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
  /** What has taken the place of a state of the last run while it waits to be deleted. */
  readonly #waiting = new Map<ResourceState, ResourceState>();
  readonly #pending = new Set<PendingOperation>();
  /** What a killed run was making, and may have made. */
  readonly #orphans: Set<PendingOperation>;
  readonly #commits: GroupCommit<undefined> | undefined;
  #changed = false;
  /** What this run made may refer to what comes after it. */
  #isMixed = false;

  /** @param save - writes a snapshot; undefined at preview */
  constructor(base: Snapshot | undefined, save: ((snapshot: Snapshot) => Promise<void>) | undefined) {
    this.#base = base ?? emptySnapshot();
    this.#orphans = new Set(this.#base.pendingOperations.filter(({ type }) => type === "creating"));
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
      manifest: manifestOf(""),
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
    const operation: PendingOperation = { type, resource };
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
    this.put(state, old);
  }

  /** The new state of a resource in place of the last run's. */
  put(state: ResourceState, old: ResourceState | undefined): void {
    if (old !== undefined) this.#gone.add(old);
    this.#news.set(state.urn, state);
    if (state !== old) this.#changed = true;
    for (const operation of this.#orphans) if (operation.resource.urn === state.urn) this.#orphans.delete(operation);
  }

  /** A resource that is as it was, and whose state needs no writing. */
  keep(state: ResourceState, old: ResourceState): void {
    this.#gone.add(old);
    this.#news.set(state.urn, state);
  }

  /** Replaced by a new one; still to be deleted. */
  supersede(old: ResourceState, replaced: ResourceState): void {
    this.#gone.add(old);
    this.#waiting.set(old, replaced);
    this.#changed = true;
  }

  /** What killed runs were making and this one has not come to: it may be there, and then nobody else knows of it. */
  get unfinished(): readonly ResourceState[] {
    return [...this.#orphans].map(({ resource }) => resource);
  }

  /** Deleted. */
  remove(old: ResourceState): void {
    this.#gone.add(old);
    for (const operation of this.#orphans) if (operation.resource === old) this.#orphans.delete(operation);
    for (const [key, state] of this.#waiting) if (state === old) this.#waiting.delete(key);
    this.#changed = true;
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
    return this.#base.resources.flatMap((state) => this.#waiting.get(state) ?? (this.#gone.has(state) ? [] : [state]));
  }
}
