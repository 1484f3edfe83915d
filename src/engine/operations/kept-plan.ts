import { Issues } from "#model/issue.ts";
import type { OpenStack } from "#engine/open-stack.ts";
import { runPass } from "#engine/operations/pass.ts";
import { runOperation } from "#engine/operations/run.ts";
import type { RunOptions, RunResult } from "#engine/operations/run.ts";
import { up } from "#engine/operations/up.ts";
import { planDifferences } from "#engine/plan-compare.ts";
import { newPlan, readPlan, writePlan } from "#engine/plan-file.ts";
import { PlanKeeper } from "#engine/plan-keeper.ts";

/** As `preview`, and writes what it found to a file that `upAsPlanned` takes; a preview that fails writes nothing. */
export async function previewToFile(stack: OpenStack, options: RunOptions, file: string): Promise<RunResult> {
  const crypter = await stack.newKey(file);
  const keeper = new PlanKeeper(crypter.digest);
  return runOperation(stack, { ...options, keeper }, async (run) => {
    const pass = await runPass(run, true);
    if (pass.succeeded) await writePlan(file, stack, keeper.resources, crypter);
    return pass;
  });
}

/**
 * As `up`, and does what the plan in a file says or nothing: where the program, a host or the state is not as it was, the run
 * ends before a host is touched, with `Issues` that name each difference. The stack must be open for change.
 */
export async function upAsPlanned(stack: OpenStack, options: RunOptions, file: string): Promise<RunResult> {
  const saved = await readPlan(file, stack);
  const keeper = new PlanKeeper(saved.crypter.digest);
  const agree = (): void => {
    const issues = planDifferences(saved.resources, keeper.resources);
    if (issues.length > 0) throw new Issues(issues.map((issue) => ({ ...issue, fix: newPlan(stack.place.stack, file) })));
    keeper.hold();
  };
  return up(stack, { ...options, keeper, afterPreview: agree });
}
