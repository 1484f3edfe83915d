import type { OpenStack } from "#engine/open-stack.ts";
import { runPass } from "#engine/operations/pass.ts";
import { runRecorded } from "#engine/operations/run.ts";
import { refreshFirst } from "#engine/operations/refresh.ts";
import type { Outcome, RunOptions, RunResult } from "#engine/operations/run.ts";

/** How `up` goes about it. */
export interface UpOptions extends RunOptions {
  /** Does not preview first: for whoever just did. @defaultValue false */
  readonly skipPreview?: boolean;
  /** Called when the preview has succeeded; throws `Issues` where that is not what was wanted. Then nothing is touched. */
  readonly afterPreview?: () => void;
}

/**
 * Makes everything as the program declares. The stack must be open for change.
 *
 * A preview comes first, so that no mistake is found only when half of the work is done; where it shows that nothing is to be
 * done, it was the run. The fault of one machine keeps no other from being changed: the run meets it again.
 */
export const up = (stack: OpenStack, options: UpOptions): Promise<RunResult> =>
  runRecorded(stack, "update", options, async (asked) => {
    const { run, succeeded: isRead, isOver } = await refreshFirst(asked, false);
    if (isOver) return { succeeded: false, changes: {}, outputs: {} };
    const after = (outcome: Outcome): Outcome => ({ ...outcome, succeeded: outcome.succeeded && isRead });
    if (options.skipPreview !== true) {
      const first = await runPass(run, true, !run.failFast);
      if (!first.succeeded) return { ...first, changes: {} };
      options.afterPreview?.();
      if (first.settled) {
        if (first.journal.changed) await stack.save(first.journal.snapshot());
        return after(first);
      }
    }
    return after(await runPass(run, false));
  });
