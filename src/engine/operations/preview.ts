import type { OpenStack } from "#engine/open-stack.ts";
import { runPass } from "#engine/operations/pass.ts";
import { refreshFirst } from "#engine/operations/refresh.ts";
import { runOperation } from "#engine/operations/run.ts";
import type { RunOptions, RunResult } from "#engine/operations/run.ts";

/** How `preview` goes about it. */
export interface PreviewOptions extends RunOptions {
  /** A machine's fault is only a warning: for whoever goes on to `up`, which meets it again. @defaultValue false */
  readonly tolerant?: boolean;
}

/**
 * Finds out what `up` would do. Reads only: neither the state nor any machine is changed. Changes are not a failure.
 * All mistakes of the stack are told, not only the first.
 */
export const preview = (stack: OpenStack, options: PreviewOptions): Promise<RunResult> =>
  runOperation(stack, options, async (asked) => {
    const { run, succeeded } = await refreshFirst(asked, true);
    const tolerant = options.tolerant === true && !run.failFast;
    const pass = await runPass(run, true, tolerant);
    return { ...pass, succeeded: pass.succeeded && (succeeded || tolerant) };
  });
