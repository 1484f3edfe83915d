import { setTimeout as sleep } from "node:timers/promises";

/** A line on the screen that moves until its work ends. */
export interface Row {
  /** What is being done now, behind the label. */
  readonly doing: (text: string) => void;
  /** What was done: a line that stays, below the label. */
  readonly did: (line: string) => void;
  readonly end: (failed: boolean, seconds: string) => void;
}

/** Rows that move at once. While it is shown it owns the screen. */
export interface Board {
  readonly isShown: boolean;
  readonly row: (key: string) => Row | undefined;
  /** Ends the rows that still move; resolves when the screen is free. */
  readonly end: () => Promise<void>;
}

/** What listr2 gives a task that runs. */
interface Shown {
  title: string;
  output: string;
}

class BoardRow implements Row {
  readonly label: string;
  readonly #over = Promise.withResolvers<string>();
  #shown: Shown | undefined;
  readonly #early: string[] = [];
  constructor(label: string) {
    this.label = label;
    // Nobody waits for it when the board is never shown.
    this.#over.promise.catch(() => undefined);
  }

  doing(text: string): void {
    if (this.#shown !== undefined) this.#shown.title = `${this.label}  ${text}`;
  }

  did(line: string): void {
    if (this.#shown === undefined) this.#early.push(line);
    else this.#shown.output = line;
  }

  end(failed: boolean, seconds: string): void {
    const said = seconds === "" ? this.label : `${this.label}  ${seconds}`;
    if (failed) this.#over.reject(new Error(said));
    else this.#over.resolve(said);
  }

  async show(task: Shown): Promise<void> {
    this.#shown = task;
    for (const line of this.#early.splice(0)) task.output = line;
    task.title = await this.#over.promise;
  }
}

/**
 * A board of rows, key to label. listr2 is loaded when it is shown.
 *
 * @param when - `after`: the screen is free; `patience`: milliseconds before it shows, or never if it ends before
 */
export function makeBoard(labels: ReadonlyMap<string, string>, when: { readonly after: Promise<void>; readonly patience: number }): Board {
  const rows = new Map([...labels].map(([key, label]) => [key, new BoardRow(label)]));
  const given = new AbortController();
  let isShown = false;
  const show = async (): Promise<void> => {
    await when.after;
    if (when.patience > 0) await sleep(when.patience, undefined, { signal: given.signal }).catch(() => undefined);
    if (given.signal.aborted && when.patience > 0) return;
    isShown = true;
    const { Listr } = await import("listr2");
    const tasks = [...rows.values()].map((row) => ({
      title: row.label,
      task: (_: unknown, task: Shown): Promise<void> => row.show(task),
      rendererOptions: { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY },
    }));
    // A board that only waits leaves nothing behind.
    const rendererOptions = { clearOutput: when.patience > 0, collapseErrors: false, showErrorMessage: false };
    await new Listr(tasks, { concurrent: true, exitOnError: false, registerSignalListeners: false, rendererOptions }).run();
  };
  const shown = show();
  return {
    get isShown() {
      return isShown;
    },
    row: (key) => rows.get(key),
    end: async () => {
      given.abort();
      for (const row of rows.values()) row.end(false, "");
      await shown;
      isShown = false;
    },
  };
}
