import { setTimeout as sleep } from "node:timers/promises";

/** A write waits for more to save as long as some comes within this part of what the last write took, … */
const QUIET = 1 / 4;
/** … but at most this many times as long: while there is always something to save, writes take a fifth of the time. */
const LONGEST = 4;

/**
 * Writes values one at a time, and always the newest: while a write is under way or about to begin, all that is saved meanwhile
 * becomes one following write. A checkpoint is written as a whole, which takes the longer the more it holds: the longer a write
 * takes, the more steps share the next.
 */
export class GroupCommit<T> {
  readonly #write: (value: T) => Promise<void>;
  #running = false;
  #next: { value: T; readonly done: PromiseWithResolvers<undefined> } | undefined;
  #saves = 0;
  /** Milliseconds that the last write took. */
  #cost = 0;

  constructor(write: (value: T) => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when this value, or a newer one, is written. Rejects when that write fails; the next save tries anew. */
  save(value: T): Promise<void> {
    this.#saves += 1;
    if (this.#next === undefined) this.#next = { value, done: Promise.withResolvers() };
    else this.#next.value = value;
    const { promise } = this.#next.done;
    if (!this.#running) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#next !== undefined) {
      await this.#gather();
      const next = this.#next;
      this.#next = undefined;
      const began = performance.now();
      try {
        await this.#write(next.value);
        next.done.resolve(undefined);
      } catch (error) {
        next.done.reject(error);
      }
      this.#cost = performance.now() - began;
    }
    this.#running = false;
  }

  async #gather(): Promise<void> {
    const until = performance.now() + this.#cost * LONGEST;
    for (let seen = -1; this.#cost > 0 && seen !== this.#saves && performance.now() < until; ) {
      seen = this.#saves;
      await sleep(this.#cost * QUIET);
    }
  }
}
