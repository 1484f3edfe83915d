import { tofuIn } from "#terraform/run.ts";
import type { Tofu, TofuRun } from "#terraform/run.ts";
import type { Workspace } from "#terraform/workspace.ts";

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

/** Commands of OpenTofu in one workspace. */
export interface TofuCommands {
  readonly tofu: Tofu;
  /** Runs one that may fail. */
  readonly attempt: (argv: readonly string[]) => Promise<TofuRun>;
  /** Runs one that has to do its work; throws TofuRefused. */
  readonly must: (step: string, argv: readonly string[], input?: string) => Promise<TofuRun>;
  /** What one of them prints as JSON. */
  readonly json: (step: string, argv: readonly string[]) => Promise<string>;
  /** The state, opened; empty where there is none. Also after Ctrl-C: what was done is recorded. */
  readonly pull: () => Promise<string>;
  readonly push: (state: string) => Promise<TofuRun>;
}

/** The commands in a workspace, until `signal`. */
export function tofuCommands(program: string, place: Workspace, signal: AbortSignal): TofuCommands {
  const tofu = tofuIn(program, place);
  const run = async (step: string, argv: readonly string[], input: string, until: AbortSignal): Promise<TofuRun> => {
    const ran = await tofu(argv, { signal: until, input });
    if (ran.exitCode !== 0) throw new TofuRefused(step, ran.said);
    return ran;
  };
  return {
    tofu,
    attempt: (argv) => tofu(argv, { signal }),
    must: (step, argv, input = "") => run(step, argv, input, signal),
    json: async (step, argv) => jsonIn((await run(step, argv, "", signal)).stdout),
    pull: async () => jsonIn((await run("state pull", ["state", "pull"], "", new AbortController().signal)).stdout),
    push: (state) => run("state push", ["state", "push", "-force", "-"], state, signal),
  };
}
