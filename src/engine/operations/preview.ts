import type { OpenStack } from "#engine/open-stack.ts";
import { runPass } from "#engine/operations/pass.ts";
import { runOperation } from "#engine/operations/run.ts";
import type { RunOptions, RunResult } from "#engine/operations/run.ts";

/**
 * Finds out what `up` would do. Reads only: neither the state nor any machine is changed. Changes are not a failure.
 * All mistakes of the stack are told, not only the first.
 */
export const preview = (stack: OpenStack, options: RunOptions): Promise<RunResult> => runOperation(stack, options, (run) => runPass(run, true));
