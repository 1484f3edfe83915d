import { requires } from "#engine/integrity.ts";
import type { References } from "#engine/integrity.ts";
import type { Placed } from "#engine/placed.ts";
import { nameOf } from "#engine/urn.ts";

/** A resource that is not touched, because what it needs was not made, or the run is not about it. */
export class Skipped extends Error {
  override readonly name = "Skipped";
}

/** What a program declares, and what came of each: it waits, was begun, failed, or was left as it is for what it needs. */
export class Declarations {
  readonly #all = new Map<string, Placed>();
  readonly #waiting = new Map<string, Placed>();
  readonly #skipped = new Map<string, Placed>();
  /** URNs that are no targets of the run and that nothing may need, and why. */
  readonly #left = new Map<string, string>();
  /** URNs that this run has not made. */
  readonly #lacking = new Set<string>();

  /** The program has declared it; it waits for its turn. */
  add(placed: Placed): void {
    this.#all.set(placed.urn, placed);
    this.#waiting.set(placed.urn, placed);
  }

  /** The program has come to it. */
  has(urn: string): boolean {
    return this.#all.has(urn);
  }

  /** Something is being done about it. */
  begin(urn: string): void {
    this.#waiting.delete(urn);
  }

  /** It is left as it is. */
  skip(placed: Placed): void {
    this.#waiting.delete(placed.urn);
    this.#skipped.set(placed.urn, placed);
  }

  /** It is no target, and what is one cannot need it; `why` says what it is not. */
  leave(urn: string, why: string): void {
    this.#left.set(urn, why);
  }

  /** What a resource needs and cannot have, because that is no target: why, for each. */
  leftNeeds(placed: References): readonly string[] {
    return [...new Set(requires(placed))].flatMap((urn) => {
      const why = this.#left.get(urn);
      return why === undefined ? [] : [`${nameOf(urn)}, which ${why}`];
    });
  }

  /** It is not made: it failed, was skipped, or its turn never came. */
  lack(urn: string): void {
    this.#lacking.add(urn);
  }

  /** True when this run has made all that was declared. */
  get isWhole(): boolean {
    return this.#lacking.size === 0;
  }

  /** True when it failed by itself, or its turn never came. */
  isFailed(urn: string): boolean {
    return this.#lacking.has(urn) && !this.#skipped.has(urn) && !this.#left.has(urn);
  }

  /** True when something that it needs was not made. */
  lacksNeeds(placed: Placed): boolean {
    return requires(placed).some((urn) => this.#lacking.has(urn));
  }

  /** Puts what was declared into the order in which the program made it. */
  order(urns: readonly string[]): void {
    for (const placed of urns.flatMap((urn) => this.#all.get(urn) ?? [])) {
      this.#all.delete(placed.urn);
      this.#all.set(placed.urn, placed);
    }
  }

  /** All, in order. */
  get all(): readonly Placed[] {
    return [...this.#all.values()];
  }

  /** Not begun until now. */
  get waiting(): readonly Placed[] {
    return [...this.#waiting.values()];
  }

  /** Left as they are, because what they need was not made. */
  get skipped(): readonly Placed[] {
    return [...this.#skipped.values()];
  }

  /** Begun, and failed. */
  get failures(): readonly Placed[] {
    return this.all.filter(({ urn }) => this.isFailed(urn) && !this.#waiting.has(urn));
  }
}
