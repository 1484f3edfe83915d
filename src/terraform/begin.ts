import { existsSync } from "node:fs";
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TofuRefused } from "#terraform/commands.ts";
import type { TofuCommands } from "#terraform/commands.ts";
import type { Journal } from "#terraform/journal.ts";
import { findAgain } from "#terraform/recover.ts";
import { isRunning, pidOf } from "#host/running.ts";
import { isAhead, stateHead } from "#terraform/state.ts";
import type { Workspace } from "#terraform/workspace.ts";

/** What a beginning takes. */
export interface Beginning {
  readonly commands: TofuCommands;
  readonly journal: Journal;
  readonly place: Workspace;
  readonly signal: AbortSignal;
  /** What is to be told of runs that were killed. */
  readonly say: (text: string) => void;
}

/** How often it is looked whether a process has ended, in milliseconds. */
const GLANCE = 200;

/** Waits for an OpenTofu that outlived its run: what it still makes is in its state only when it has ended. */
async function untilEnded(mark: string, { signal, say }: Beginning): Promise<void> {
  if (!(await isRunning(mark))) return;
  const still = `OpenTofu of a run that was killed is still at work (pid ${pidOf(mark).toString()})`;
  say(`${still}: waiting until it ends`);
  while (await isRunning(mark)) {
    if (signal.aborted) throw new TofuRefused("init", still);
    await sleep(GLANCE);
  }
}

/** Gets providers ready. A working copy that does not parse, or does not decrypt, is set aside. */
async function init({ commands: { attempt, must }, place, say }: Beginning, kept: string | undefined, isBusy: boolean): Promise<void> {
  const argv = ["init", "-json", "-input=false"];
  const { exitCode, said } = await attempt(argv);
  if (exitCode === 0) return;
  if (isBusy || !/decryption/.test(said) || !existsSync(place.state)) throw new TofuRefused("init", said);
  const aside = `${place.state}.damaged-${Date.now().toString()}`;
  await rename(place.state, aside);
  const next = kept === undefined ? "none is kept in the stack yet, so what was made with it is not known any more" : "this run goes on from the one that is kept in the stack";
  say(`the working copy of the state cannot be read, and is set aside as ${aside}; ${next}`);
  await must("init", argv);
}

/** Gets providers ready, and brings the working copy of the state up to date: `begin` of a session. */
export async function begin(beginning: Beginning, kept: string | undefined, recovers: boolean): Promise<void> {
  const { commands, journal, place, say } = beginning;
  const left = await journal.read();
  // Another terminal applies: what is there is its own to settle, and OpenTofu's lock has a plan wait for it.
  const isBusy = left !== undefined && (await isRunning(left.run));
  if (left !== undefined && !isBusy) await untilEnded(left.tofu, beginning);
  await init(beginning, kept, isBusy);
  if (isBusy) return;
  const [copy, known] = [stateHead(await readFile(place.state, "utf8").catch(() => "")), kept === undefined ? undefined : stateHead(kept)];
  const isNewer = copy !== undefined && isAhead(copy, known);
  if (!isNewer && kept !== undefined) {
    // OpenTofu counts what it writes first as a change, and the copy would look further than it is.
    if (copy === undefined) await commands.push(kept);
    await commands.push(kept);
  }
  if (isNewer && copy.serial !== known?.serial) say("an earlier run was killed, or could not record what it did; this one goes on from the state that OpenTofu wrote then");
  if (left === undefined) return;
  // Read again: OpenTofu may have gone on for a while.
  const { made } = (await journal.read()) ?? left;
  await journal.leave(recovers ? await findAgain(made, { ...commands, configuration: join(place.directory, "configuration"), say }) : made);
}
