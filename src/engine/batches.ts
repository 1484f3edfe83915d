import { Issues } from "#model/issue.ts";
import { hasUnknown } from "#model/value.ts";
import { Stopped } from "#engine/goal.ts";
import { isProviderType, requires } from "#engine/integrity.ts";
import type { Placed } from "#engine/placed.ts";

/** How many machines the batches have, of so many. */
export type BatchSizes = (machines: number) => readonly number[];

/**
 * Reads `1,10%,rest`: numbers of machines, or percent of all, rounded up. The last one is repeated until none is left. Throws
 * `Issues`.
 */
export function batchSizes(text: string): BatchSizes {
  const words = text.split(",").map((word) => word.trim());
  for (const word of words)
    if (!/^([1-9]\d*|([1-9]\d?|100)%|rest)$/.test(word))
      throw new Issues([{ code: "batch.invalid", at: "--batch", path: "", message: `${JSON.stringify(word)} is no number of machines`, fix: "for example --batch 1,10%,rest" }]);
  return (machines) => {
    const sizes: number[] = [];
    for (let left = machines; left > 0; left -= sizes.at(-1) ?? left) {
      const word = words[Math.min(sizes.length, words.length - 1)] ?? "rest";
      const size = word === "rest" ? left : word.endsWith("%") ? Math.ceil((machines * Number(word.slice(0, -1))) / 100) : Number(word);
      sizes.push(Math.min(size, left));
    }
    return sizes;
  };
}

/** The batch of what is on no machine: it waits for none. */
const AT_ONCE = -1;

/** The machines in the order in which the program declares them, each with a number for its batch. */
function numbered(places: readonly string[], sizes: BatchSizes): Map<string, number> {
  const numbers = sizes(places.length).flatMap((size, batch) => Array.from({ length: size }, () => batch));
  return new Map(places.map((place, index) => [place, numbers[index] ?? 0]));
}

/**
 * The batch of each resource, by URN; `AT_ONCE` for one that is on no machine. A machine whose resources need one of a later batch
 * comes with that.
 *
 * @param declared - in the order in which the program makes them
 * @param placeOf - the machine of a resource; undefined where it is on none, or that is not known yet
 */
export function assignBatches(declared: readonly Placed[], placeOf: (placed: Placed) => string | undefined, sizes: BatchSizes): ReadonlyMap<string, number> {
  const places = new Map<string, string>();
  for (const placed of declared) {
    // A machine that this run makes has no name yet: what is declared for it has one parent.
    const place = placeOf(placed) ?? (placed.custom && !isProviderType(placed.type) && hasUnknown(placed.inputs) ? (places.get(placed.parent ?? "") ?? placed.urn) : undefined);
    if (place !== undefined) places.set(placed.urn, place);
  }
  const batches = numbered([...new Set(places.values())], sizes);
  const needed = new Map<string, number>();
  for (let moved = true; moved; ) {
    moved = false;
    for (const placed of declared) {
      const place = places.get(placed.urn);
      const own = place === undefined ? 0 : (batches.get(place) ?? 0);
      const batch = Math.max(own, ...requires(placed).map((urn) => needed.get(urn) ?? 0));
      // What it needs may come after it: a machine's second layer is declared below the machine.
      moved ||= needed.get(placed.urn) !== batch;
      needed.set(placed.urn, batch);
      if (place !== undefined) batches.set(place, batch);
    }
  }
  return new Map(declared.map(({ urn }) => [urn, batches.get(places.get(urn) ?? "") ?? AT_ONCE]));
}

/** Lets the resources of a batch begin when those of the one before have ended, and none has failed. */
export class Batches {
  readonly #batchOf: ReadonlyMap<string, number>;
  /** What has not ended yet, by batch. */
  readonly #left: Set<string>[];
  readonly #waiting: { readonly batch: number; readonly begin: () => void; readonly stop: () => void }[] = [];
  #open = 0;
  #failed = false;

  /** @param batchOf - by URN; what is not in it is in the last one, if it is on a machine */
  constructor(batchOf: ReadonlyMap<string, number>) {
    this.#batchOf = batchOf;
    this.#left = Array.from({ length: Math.max(-1, ...batchOf.values()) + 1 }, () => new Set<string>());
    for (const [urn, batch] of batchOf) this.#left[batch]?.add(urn);
  }

  /** The batch that is under way, counted from 1, of how many. */
  get progress(): { readonly batch: number; readonly of: number } {
    return { batch: this.#open + 1, of: this.#left.length };
  }

  /** Resolves when the resource may begin; rejects with `Stopped` when it never may. What is on no machine may at once. */
  async turn(urn: string, isPlaced: boolean): Promise<void> {
    const batch = this.#batchOf.get(urn) ?? (isPlaced ? this.#left.length - 1 : AT_ONCE);
    if (batch <= this.#open) return;
    if (this.#failed) throw new Stopped();
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ batch, begin: resolve, stop: () => { reject(new Stopped()); } });
    });
  }

  /** A resource has ended, or never begins. */
  end(urn: string, failed: boolean): void {
    this.#failed ||= failed;
    this.#left[this.#batchOf.get(urn) ?? AT_ONCE]?.delete(urn);
    while (!this.#failed && this.#open < this.#left.length - 1 && this.#left[this.#open]?.size === 0) this.#open += 1;
    for (const one of this.#waiting.splice(0)) {
      if (one.batch <= this.#open) one.begin();
      else if (this.#failed) one.stop();
      else this.#waiting.push(one);
    }
  }

  /** Nothing more begins. */
  stop(): void {
    this.#failed = true;
    for (const { stop } of this.#waiting.splice(0)) stop();
  }
}
