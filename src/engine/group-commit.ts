/**
 * Writes values one at a time, and always the newest: while a write is under way, all that is saved meanwhile becomes one
 * following write. A checkpoint is written as a whole at each step; this keeps the cost of many steps linear.
 */
export class GroupCommit<T> {
  readonly #write: (value: T) => Promise<void>;
  #running = false;
  #next: { value: T; readonly done: PromiseWithResolvers<undefined> } | undefined;

  constructor(write: (value: T) => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when this value, or a newer one, is written. Rejects when that write fails; the next save tries anew. */
  save(value: T): Promise<void> {
    if (this.#next === undefined) this.#next = { value, done: Promise.withResolvers() };
    else this.#next.value = value;
    const { promise } = this.#next.done;
    if (!this.#running) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let next = this.#next; next !== undefined; next = this.#next) {
      this.#next = undefined;
      try {
        await this.#write(next.value);
        next.done.resolve(undefined);
      } catch (error) {
        next.done.reject(error);
      }
    }
    this.#running = false;
  }
}
