import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parsePlan } from "#terraform/plan.ts";
import type { TerraformPlan } from "#terraform/plan.ts";
import type { TofuEvent } from "#terraform/events.ts";
import { journalIn } from "#terraform/journal.ts";
import { findAgain } from "#terraform/recover.ts";
import { tofuIn } from "#terraform/run.ts";
import type { TofuRun } from "#terraform/run.ts";
import { isRunning, pidOf } from "#terraform/running.ts";
import { isAhead, stateHead } from "#terraform/state.ts";
import type { Workspace } from "#terraform/workspace.ts";

/** OpenTofu with one configuration and one state. */
export interface TofuSession {
  /**
   * Gets providers ready, and brings the working copy of the state up to date. Waits for an OpenTofu that outlived its run.
   *
   * @param kept - the state that the stack keeps; undefined for none
   * @param recovers - whether what a killed run made is found again: for that the configuration has to be the new one
   */
  begin(kept: string | undefined, recovers: boolean): Promise<void>;
  /** What would be done; undefined, and what is wrong, where that cannot be told. */
  plan(destroy: boolean): Promise<TerraformPlan>;
  /** Does what was planned last. */
  apply(onEvent: (event: TofuEvent) => void, signal: AbortSignal): Promise<TofuRun>;
  /** The state, opened; empty where there is none. */
  state(): Promise<string>;
  /** The lock file of providers; empty where there is none. */
  lock(): Promise<string>;
  /** Takes the working copy away: nothing is there any more. */
  forget(): Promise<void>;
}

/** OpenTofu said no: nothing was changed. `step` is the command. */
export class TofuRefused extends Error {
  override readonly name = "TofuRefused";
  readonly step: string;
  constructor(step: string, said: string) {
    super(said);
    this.step = step;
  }
}

/** The JSON in what was printed: warnings of the command line's own configuration come before it. */
const jsonIn = (stdout: string): string => stdout.slice(Math.max(0, stdout.search(/^\{/m))).trim();

const textIn = (file: string): Promise<string> => readFile(file, "utf8").catch(() => "");

/** How often it is looked whether a process has ended, in milliseconds. */
const GLANCE = 200;

/**
 * A session in a workspace.
 *
 * @param say - what is to be told of runs that were killed
 */
export function tofuSession(program: string, place: Workspace, signal: AbortSignal, say: (text: string) => void): TofuSession {
  const tofu = tofuIn(program, place);
  const journal = journalIn(place.journal);
  const must = async (step: string, argv: readonly string[], input = "", until = signal): Promise<string> => {
    const run = await tofu(argv, { signal: until, input });
    if (run.exitCode !== 0) throw new TofuRefused(step, run.said);
    return run.stdout;
  };
  const pull = async (): Promise<string> => jsonIn(await must("state pull", ["state", "pull"], "", new AbortController().signal));
  const push = (state: string): Promise<string> => must("state push", ["state", "push", "-force", "-"], state);
  const attempt = (argv: readonly string[]): Promise<TofuRun> => tofu(argv, { signal });
  const configuration = join(place.directory, "configuration");
  /** What it still makes is in its state only when it has ended. */
  const untilEnded = async (mark: string): Promise<void> => {
    if (!(await isRunning(mark))) return;
    say(`OpenTofu of a run that was killed is still at work (pid ${pidOf(mark).toString()}): waiting until it ends`);
    while (await isRunning(mark)) {
      if (signal.aborted) throw new TofuRefused("wait", `OpenTofu of a run that was killed is still at work (pid ${pidOf(mark).toString()})`);
      await sleep(GLANCE);
    }
  };
  return {
    async begin(kept, recovers) {
      const left = await journal.read();
      // Another terminal applies: what is there is its own to settle, and OpenTofu's lock has a plan wait for it.
      const isBusy = left !== undefined && (await isRunning(left.run));
      if (left !== undefined && !isBusy) await untilEnded(left.tofu);
      await must("init", ["init", "-json", "-input=false"]);
      if (isBusy) return;
      const [copy, known] = [stateHead(await textIn(place.state)), kept === undefined ? undefined : stateHead(kept)];
      const isNewer = copy !== undefined && isAhead(copy, known);
      if (!isNewer && kept !== undefined) await push(kept);
      if (isNewer && copy.serial !== known?.serial) say("an earlier run was killed, or could not record what it did; this one goes on from the state that OpenTofu wrote then");
      if (left === undefined) return;
      // Read again: OpenTofu may have gone on for a while.
      const { made } = (await journal.read()) ?? left;
      await journal.leave(recovers ? await findAgain(made, { configuration, pull, push, attempt, say }) : made);
    },
    async plan(destroy) {
      await must("plan", ["plan", "-json", "-input=false", "-lock-timeout=60s", "-out=../plan", ...(destroy ? ["-destroy"] : [])]);
      return parsePlan(jsonIn(await must("show", ["show", "-json", "../plan"])));
    },
    async apply(onEvent, until) {
      await journal.begin();
      const told = (event: TofuEvent): void => {
        journal.note(event);
        onEvent(event);
      };
      const run = await tofu(["apply", "-json", "-input=false", "-lock-timeout=60s", "../plan"], { onEvent: told, onStart: (pid, output) => journal.started(pid, output), signal: until });
      await journal.leave(new Map());
      return run;
    },
    state: pull,
    lock: () => textIn(join(configuration, ".terraform.lock.hcl")),
    forget: () => rm(dirname(place.state), { recursive: true, force: true }),
  };
}
