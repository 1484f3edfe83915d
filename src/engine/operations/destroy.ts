import { Issues } from "#model/issue.ts";
import { explainError } from "#engine/explain-error.ts";
import { deleteLeft } from "#engine/deletes.ts";
import type { Workplace } from "#engine/execute.ts";
import { requires } from "#engine/integrity.ts";
import { Journal } from "#engine/journal.ts";
import type { OpenStack } from "#engine/open-stack.ts";
import { refreshFirst } from "#engine/operations/refresh.ts";
import { runOperation, runRecorded } from "#engine/operations/run.ts";
import type { Outcome, Run, RunOptions, RunResult } from "#engine/operations/run.ts";
import { notBegun } from "#engine/placed.ts";
import { refuseDeletion } from "#engine/protection.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import { Steps } from "#engine/steps.ts";
import { Targets } from "#engine/targets.ts";

/** How `destroy` goes about it. */
export interface DestroyOptions extends RunOptions {
  /** Only tells what would be deleted. @defaultValue false */
  readonly previewOnly?: boolean;
}

/** What is deleted when these stay, with all that they need. */
function going(journal: Journal, spared: readonly ResourceState[]): readonly ResourceState[] {
  const stays = new Set<ResourceState>(spared);
  const needed = new Set<string>();
  const left = journal.left();
  for (const state of left.toReversed()) {
    if (needed.has(state.urn)) stays.add(state);
    if (stays.has(state)) requires(state).forEach((urn) => needed.add(urn));
  }
  return left.filter((state) => !stays.has(state));
}

async function deleteAll(asked: Run, preview: boolean): Promise<Outcome> {
  const { run, succeeded: isRead, isOver } = await refreshFirst(asked, preview);
  const { stack, report } = run;
  if (isOver) return { succeeded: false, changes: {}, outputs: {} };
  const targets = run.targets === undefined ? undefined : new Targets(run.targets, stack.snapshot);
  const journal = new Journal(stack.snapshot, preview ? undefined : stack.save);
  const steps = new Steps(report);
  const failures: unknown[] = [];
  const fail = (error: unknown, urn?: string): void => {
    failures.push(error);
    report(explainError(error, urn));
  };
  const spared = targets?.spared(journal) ?? [];
  // All at once, before anything is touched.
  const issues = targets === undefined ? [] : [...targets.mistakes([...journal.left(), ...journal.unfinished].map(({ urn }) => [urn])), ...targets.refusals(journal, () => false)];
  if (issues.length > 0) fail(new Issues(issues));
  for (const state of going(journal, spared)) {
    try {
      refuseDeletion(state);
    } catch (error) {
      fail(error, state.urn);
    }
  }
  if (failures.length > 0) return { succeeded: false, changes: {}, outputs: {} };
  const postponed: Workplace["postponed"] = new Map();
  const { succeeded, waiting } = await deleteLeft({ ...run, place: { journal, preview, postponed }, steps, spared, fail });
  const unbegun = await notBegun(waiting, run.providers, run.stopReason() ?? "a failure ended the run");
  if (unbegun !== undefined) report(unbegun);
  if (succeeded && postponed.size === 0 && targets === undefined) journal.forgetPending();
  await journal.flush();
  return { succeeded: succeeded && isRead, changes: steps.changes, outputs: {} };
}

/**
 * Deletes all of the stack's resources, what depends on others first, without running the program. Protected resources are
 * refused before anything is touched. The stack must be open for change, except for a preview.
 */
export const destroy = (stack: OpenStack, options: DestroyOptions): Promise<RunResult> =>
  options.previewOnly === true ? runOperation(stack, options, (run) => deleteAll(run, true)) : runRecorded(stack, "destroy", options, (run) => deleteAll(run, false));
