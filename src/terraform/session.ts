import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parsePlan } from "#terraform/plan.ts";
import type { TerraformPlan } from "#terraform/plan.ts";
import { madeIn } from "#terraform/events.ts";
import type { TofuEvent } from "#terraform/events.ts";
import { tofuIn } from "#terraform/run.ts";
import type { TofuRun } from "#terraform/run.ts";
import { isAhead, parseState, stateHead } from "#terraform/state.ts";
import type { Workspace } from "#terraform/workspace.ts";

/** OpenTofu with one configuration and one state. */
export interface TofuSession {
  /** Gets providers ready, and brings the working copy of the state up to date. What is to be said of a killed run, line by line. */
  begin(kept: string | undefined): Promise<readonly string[]>;
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
  const must = async (step: string, argv: readonly string[], input = "", until = signal): Promise<string> => {
    const run = await tofu(argv, { signal: until, input });
    if (run.exitCode !== 0) throw new TofuRefused(step, run.said);
    return run.stdout;
  };
  const pull = async (): Promise<string> => jsonIn(await must("state pull", ["state", "pull"], "", new AbortController().signal));
  /** OpenTofu writes its state every 20 seconds; what it had made when it was killed with the run is found again by its id. */
  const recover = async (): Promise<readonly string[]> => {
    const made = madeIn(await textIn(place.journal));
    const known: { readonly [address: string]: string } = made.size === 0 ? {} : (parseState(await pull())?.resources ?? {});
    const notes: string[] = [];
    for (const [address, id] of [...made].filter((one) => known[one[0]] !== one[1])) {
      // It was made anew, and the state has the one before.
      if (known[address] !== undefined) await must("state rm", ["state", "rm", address]);
      const { exitCode, said } = await tofu(["import", "-input=false", "-no-color", "-lock-timeout=600s", address, id], { signal });
      if (exitCode === 0) notes.push(`${address} was made by a run that was killed; it is found again as ${id}`);
      // OpenTofu outlived the run, and has written its state meanwhile.
      else if (!said.includes("already managed")) notes.push(`${address} was made by a run that was killed, as ${id}, and cannot be found again: take it away by hand. ${said}`);
    }
    await rm(place.journal, { force: true });
    return notes;
  };
  return {
    async begin(kept) {
      await must("init", ["init", "-json", "-input=false"]);
      const [copy, known] = [stateHead(await textIn(place.state)), kept === undefined ? undefined : stateHead(kept)];
      const isNewer = copy !== undefined && isAhead(copy, known);
      if (!isNewer && kept !== undefined) await must("state push", ["state", "push", "-force", "-"], kept);
      const left = isNewer && copy.serial !== known?.serial ? ["an earlier run was killed, or could not record what it did; this one goes on from the state that OpenTofu wrote then"] : [];
      return [...left, ...(await recover())];
    },
    async plan(destroy) {
      await must("plan", ["plan", "-json", "-input=false", "-lock-timeout=60s", "-out=../plan", ...(destroy ? ["-destroy"] : [])]);
      return parsePlan(jsonIn(await must("show", ["show", "-json", "../plan"])));
    },
    async apply(onEvent, until) {
      const run = await tofu(["apply", "-json", "-input=false", "-lock-timeout=60s", "../plan"], { onEvent, signal: until, into: place.journal });
      await rm(place.journal, { force: true });
      return run;
    },
    state: pull,
    lock: () => textIn(join(place.directory, "configuration/.terraform.lock.hcl")),
    forget: () => rm(dirname(place.state), { recursive: true, force: true }),
  };
}
