import { Issues } from "#model/issue.ts";
import { Skipped } from "#engine/declarations.ts";
import type { Declarations } from "#engine/declarations.ts";
import { requires } from "#engine/integrity.ts";
import type { References } from "#engine/integrity.ts";
import type { Journal } from "#engine/journal.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import type { Targets } from "#engine/targets.ts";

/** Who is asked about. */
export interface Candidate {
  readonly urn: string;
  readonly needs: References;
  /** What the last run left of it. */
  readonly former: ResourceState | undefined;
  /** It changes nothing by itself: it is done in any case, unless what it needs is not there. */
  readonly always: boolean;
}

/** What a program declares and the run is not about: it stays in the state as the last run left it. */
export class Untouched {
  readonly #targets: Targets | undefined;
  readonly #journal: Journal;
  readonly #declarations: Declarations;
  /** What the last run left, by the URN that the program has for it. */
  readonly #states = new Map<string, ResourceState>();

  /** @param targets - undefined: the run is about all */
  constructor(targets: Targets | undefined, journal: Journal, declarations: Declarations) {
    this.#targets = targets;
    this.#journal = journal;
    this.#declarations = declarations;
  }

  /** A resource as this run has made it, or leaves it. */
  stateOf(urn: string): ResourceState | undefined {
    const state = this.#states.get(urn);
    return state === undefined ? this.#journal.made(urn) : this.#journal.current(state);
  }

  /**
   * The state of what is left as it is; undefined for what the run is about. Throws `Skipped` for what is left and does not exist, and
   * `Issues` for a target that would need such a thing.
   */
  leave({ urn, needs, former, always }: Candidate): ResourceState | undefined {
    if (this.#targets === undefined) return undefined;
    const own = former?.urn ?? urn;
    const isTarget = this.#targets.includes(urn, own, requires(needs));
    const missing = this.#declarations.leftNeeds(needs);
    const obstacles = missing.length === 0 && this.#leadTo(requires(needs), [urn, own]) ? ["what needs it itself, as it is now"] : missing;
    if (isTarget && obstacles.length > 0) throw new Issues(obstacles.map((what) => ({ code: "target.needs", at: urn, path: "", message: `needs ${what}, and is not a target`, fix: "make that a target too" })));
    if (isTarget || (always && obstacles.length === 0)) return undefined;
    const now = former === undefined ? undefined : this.#journal.current(former);
    if (former === undefined || now === undefined || now.pendingReplacement === true) {
      this.#declarations.leave(urn, "does not exist yet");
      throw new Skipped();
    }
    this.#states.set(urn, former);
    if (now.urn !== urn) this.#declarations.leave(urn, `is ${now.urn} until now`);
    return now;
  }

  /** True when resources need one of `ends`, directly or not, by way of what stays as it is: then that cannot come to need them. */
  #leadTo(starts: readonly string[], ends: readonly string[]): boolean {
    const walk = (next: (urn: string) => readonly ResourceState[]): ReadonlySet<string> => {
      const reached = new Set(starts);
      // A set is walked through to its end while it grows.
      for (const urn of reached) for (const state of next(urn)) requires(state).forEach((other) => reached.add(other));
      return reached;
    };
    const made = (urn: string): readonly ResourceState[] => [this.#journal.made(urn) ?? []].flat();
    // What this run made needs only what it made, unless that is found here.
    if (this.#states.size === 0 || ![...walk(made)].some((urn) => this.#states.has(urn))) return false;
    const left = Map.groupBy(this.#journal.left(), ({ urn }) => urn);
    const reached = walk((urn) => (this.#journal.made(urn) === undefined ? (left.get(urn) ?? []) : made(urn)));
    return ends.some((urn) => reached.has(urn));
  }
}
