import { explainError } from "#engine/explain-error.ts";
import { deleteLeft } from "#engine/deletes.ts";
import type { Workplace } from "#engine/execute.ts";
import { Journal } from "#engine/journal.ts";
import type { OpenStack } from "#engine/open-stack.ts";
import { runOperation, runRecorded } from "#engine/operations/run.ts";
import type { Outcome, Run, RunOptions, RunResult } from "#engine/operations/run.ts";
import { notBegun } from "#engine/placed.ts";
import { refuseDeletion } from "#engine/protection.ts";
import { Steps } from "#engine/steps.ts";

/** How `destroy` goes about it. */
export interface DestroyOptions extends RunOptions {
  /** Only tells what would be deleted. @defaultValue false */
  readonly previewOnly?: boolean;
}

async function deleteAll(run: Run, preview: boolean): Promise<Outcome> {
  const { stack, report } = run;
  const steps = new Steps(report);
  const failures: unknown[] = [];
  const fail = (error: unknown, urn: string): void => {
    failures.push(error);
    report(explainError(error, urn));
  };
  // All at once, before anything is touched.
  for (const state of stack.snapshot?.resources ?? []) {
    try {
      refuseDeletion(state);
    } catch (error) {
      fail(error, state.urn);
    }
  }
  if (failures.length > 0) return { succeeded: false, changes: {}, outputs: {} };
  const journal = new Journal(stack.snapshot, preview ? undefined : stack.save);
  const postponed: Workplace["postponed"] = new Map();
  const { succeeded, waiting } = await deleteLeft({ ...run, place: { journal, preview, postponed }, steps, fail });
  const unbegun = await notBegun(waiting, run.providers, run.stopReason() ?? "a failure ended the run");
  if (unbegun !== undefined) report(unbegun);
  if (succeeded && postponed.size === 0) journal.forgetPending();
  await journal.flush();
  return { succeeded, changes: steps.changes, outputs: {} };
}

/**
 * Deletes all of the stack's resources, what depends on others first, without running the program. Protected resources are
 * refused before anything is touched. The stack must be open for change, except for a preview.
 */
export const destroy = (stack: OpenStack, options: DestroyOptions): Promise<RunResult> =>
  options.previewOnly === true ? runOperation(stack, options, (run) => deleteAll(run, true)) : runRecorded(stack, "destroy", options, (run) => deleteAll(run, false));
