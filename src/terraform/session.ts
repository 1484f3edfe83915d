import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parsePlan } from "#terraform/plan.ts";
import type { TerraformPlan } from "#terraform/plan.ts";
import type { TofuEvent } from "#terraform/events.ts";
import { tofuIn } from "#terraform/run.ts";
import type { TofuRun } from "#terraform/run.ts";
import { isAhead, stateHead } from "#terraform/state.ts";
import type { Workspace } from "#terraform/workspace.ts";

/** OpenTofu with one configuration and one state. */
export interface TofuSession {
  /** Gets providers ready, and brings the working copy of the state up to date. True when a killed run had left a newer one. */
  begin(kept: string | undefined): Promise<boolean>;
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

/** A session in a workspace. */
export function tofuSession(program: string, place: Workspace, signal: AbortSignal): TofuSession {
  const tofu = tofuIn(program, place);
  const must = async (step: string, argv: readonly string[], input?: string): Promise<string> => {
    const run = await tofu(argv, { signal, ...(input === undefined ? {} : { input }) });
    if (run.exitCode !== 0) throw new TofuRefused(step, run.said);
    return run.stdout;
  };
  return {
    async begin(kept) {
      await must("init", ["init", "-json", "-input=false"]);
      const [copy, known] = [stateHead(await textIn(place.state)), kept === undefined ? undefined : stateHead(kept)];
      if (copy !== undefined && isAhead(copy, known)) return copy.serial !== known?.serial;
      if (kept !== undefined) await must("state push", ["state", "push", "-force", "-"], kept);
      return false;
    },
    async plan(destroy) {
      await must("plan", ["plan", "-json", "-input=false", "-lock-timeout=60s", "-out=../plan", ...(destroy ? ["-destroy"] : [])]);
      return parsePlan(jsonIn(await must("show", ["show", "-json", "../plan"])));
    },
    apply: (onEvent, until) => tofu(["apply", "-json", "-input=false", "-lock-timeout=60s", "../plan"], { onEvent, signal: until }),
    async state() {
      const run = await tofu(["state", "pull"]);
      if (run.exitCode !== 0) throw new TofuRefused("state pull", run.said);
      return jsonIn(run.stdout);
    },
    lock: () => textIn(join(place.directory, "configuration/.terraform.lock.hcl")),
    forget: () => rm(dirname(place.state), { recursive: true, force: true }),
  };
}
