import { appendFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { madeBy, madeIn } from "#terraform/events.ts";
import type { TofuEvent } from "#terraform/events.ts";
import { parsedObject, textOf } from "#terraform/json.ts";
import { processMark } from "#host/running.ts";

/** What is known of a run that applies, or was killed while it did. */
export interface LeftRun {
  /** The mark of the process that runs OpenTofu; empty where it is settled that this one is gone. */
  readonly run: string;
  /** The mark of OpenTofu itself; empty before it began. */
  readonly tofu: string;
  /** Ids of what was made, by address. */
  readonly made: ReadonlyMap<string, string>;
}

/** A journal beside the working copy: who applies, and addresses and ids of what was made. There while OpenTofu applies, and after a run that was killed. */
export interface Journal {
  /** What it says; undefined where there is none. */
  read(): Promise<LeftRun | undefined>;
  /** Begins anew: this process is at work. */
  begin(): Promise<void>;
  /** OpenTofu runs, and prints into that file, which is in memory. */
  started(pid: number, output: string): Promise<void>;
  /** What OpenTofu has done. On the disk when this returns: the machine may lose its power. */
  note(event: TofuEvent): void;
  /** Leaves only what is still to be found again; nothing of it is left where that is nothing. */
  leave(made: ReadonlyMap<string, string>): Promise<void>;
}

const line = (value: { readonly [key: string]: string }): string => `${JSON.stringify(value)}\n`;

/** The journal in a file. */
export function journalIn(file: string): Journal {
  const add = (value: { readonly [key: string]: string }): void => {
    try {
      appendFileSync(file, line(value), { mode: 0o600, flush: true });
    } catch {
      // A full disk ends no apply: what it makes is in OpenTofu's state when that ends.
    }
  };
  return {
    async read() {
      const text = await readFile(file, "utf8").catch(() => undefined);
      if (text === undefined) return undefined;
      const lines = text.split("\n").map((one) => parsedObject(one)).filter((one) => one !== undefined);
      const last = (key: string): string => textOf(lines.findLast((one) => one[key] !== undefined)?.[key]);
      const noted = lines.flatMap(({ address, id }) => (address === undefined ? [] : [[textOf(address), textOf(id)] as const]));
      const printed = await readFile(last("output"), "utf8").catch(() => "");
      return { run: last("run"), tofu: last("tofu"), made: new Map([...noted, ...madeIn(printed)]) };
    },
    async begin() {
      await writeFile(file, line({ run: await processMark(process.pid) }), { mode: 0o600 });
    },
    async started(pid, output) {
      add({ tofu: await processMark(pid), output });
    },
    note(event) {
      const made = madeBy(event);
      if (made !== undefined) add({ address: made[0], id: made[1] });
    },
    async leave(made) {
      if (made.size === 0) await rm(file, { force: true });
      else await writeFile(file, [...made].map(([address, id]) => line({ address, id })).join(""), { mode: 0o600, flush: true });
    },
  };
}
