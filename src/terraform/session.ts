import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { begin } from "#terraform/begin.ts";
import { tofuCommands, TofuRefused } from "#terraform/commands.ts";
import type { Diagnostic, TofuEvent } from "#terraform/events.ts";
import { journalIn } from "#terraform/journal.ts";
import { parsePlan } from "#terraform/plan.ts";
import type { TerraformPlan } from "#terraform/plan.ts";
import type { TofuRun } from "#terraform/run.ts";
import { isRunning, pidOf } from "#host/running.ts";
import type { Workspace } from "#terraform/workspace.ts";

/** A plan, and what OpenTofu warns of about it. */
export interface WarnedPlan extends TerraformPlan {
  readonly warnings: readonly Diagnostic[];
}

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
  plan(destroy: boolean): Promise<WarnedPlan>;
  /** Does what was planned last. */
  apply(onEvent: (event: TofuEvent) => void, signal: AbortSignal): Promise<TofuRun>;
  /** The state, opened; empty where there is none. */
  state(): Promise<string>;
  /** The lock file of providers; empty where there is none. */
  lock(): Promise<string>;
  /** Takes the working copy away: nothing is there any more. */
  forget(): Promise<void>;
}

/**
 * A session in a workspace.
 *
 * @param say - what is to be told of runs that were killed
 */
export function tofuSession(program: string, place: Workspace, signal: AbortSignal, say: (text: string) => void): TofuSession {
  const commands = tofuCommands(program, place, signal);
  const journal = journalIn(place.journal);
  return {
    begin: (kept, recovers) => begin({ commands, journal, place, signal, say }, kept, recovers),
    async plan(destroy) {
      const { warnings } = await commands.must("plan", ["plan", "-json", "-input=false", "-lock-timeout=60s", "-out=../plan", ...(destroy ? ["-destroy"] : [])]);
      return { ...parsePlan(await commands.json("show", ["show", "-json", "../plan"])), warnings };
    },
    async apply(onEvent, until) {
      const other = await journal.read();
      if (other !== undefined && (await isRunning(other.run))) throw new TofuRefused("apply", `another run is still at work (pid ${pidOf(other.run).toString()})`);
      await journal.begin();
      const told = (event: TofuEvent): void => {
        journal.note(event);
        onEvent(event);
      };
      const ran = await commands.tofu(["apply", "-json", "-input=false", "-lock-timeout=60s", "../plan"], { onEvent: told, onStart: (pid, output) => journal.started(pid, output), signal: until });
      await journal.leave(new Map());
      return ran;
    },
    state: commands.pull,
    lock: () => readFile(join(place.directory, "configuration/.terraform.lock.hcl"), "utf8").catch(() => ""),
    forget: () => rm(dirname(place.state), { recursive: true, force: true }),
  };
}
