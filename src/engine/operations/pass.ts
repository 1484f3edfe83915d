import { hasUnknown } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { Issues } from "#model/issue.ts";
import type { StackPlace } from "#engine/backend.ts";
import { assignBatches, Batches } from "#engine/batches.ts";
import { deleteLeft } from "#engine/deletes.ts";
import { Deployment } from "#engine/deployment.ts";
import { Journal } from "#engine/journal.ts";
import { given } from "#engine/json-fields.ts";
import type { OpenStack } from "#engine/open-stack.ts";
import { inShort, notBegun, placeOf } from "#engine/placed.ts";
import type { Placed } from "#engine/placed.ts";
import { warnOfPending } from "#engine/pending.ts";
import type { Policies } from "#engine/policy/policies.ts";
import type { ProgramSettings } from "#engine/program-settings.ts";
import { findProgram } from "#engine/program.ts";
import type { Outcome, Run } from "#engine/operations/run.ts";
import { Targets } from "#engine/targets.ts";
import { nameOf } from "#engine/urn.ts";

/** What one run of the program came to. */
export interface Pass extends Outcome {
  readonly journal: Journal;
  /** Nothing is to be done, and nothing is unknown: what the journal holds is what a real run would leave. */
  readonly settled: boolean;
}

/** What the program declared at the last preview of an open stack. */
const previewed = new WeakMap<StackPlace, readonly Placed[]>();

/**
 * True when the program has declared all that the preview showed. A resource that it declared then and not now (a module that runs
 * only once, a coin that fell otherwise) is no reason to delete it, and what was to be made is missing.
 */
function declaresAsPreviewed({ stack, report }: Run, deployment: Deployment): boolean {
  const lost = (previewed.get(stack.place) ?? []).filter(({ urn }) => !deployment.declarations.has(urn));
  for (const { urn } of lost)
    report({ event: "diagnostic", severity: "error", urn, message: "the program declared this at the preview and not in the run: nothing is made of it, and nothing is deleted. Declare it whenever the program runs; a package that keeps it in a variable runs only once." });
  return lost.length === 0;
}

/** Refuses targets that are none, and deletions that others do not allow; tells what waits for others. */
function checkTargets(targets: Targets, deployment: Deployment, journal: Journal): void {
  const issues = [...targets.mistakes([...deployment.known, ...journal.unfinished.map(({ urn }) => [urn])]), ...targets.refusals(journal, (state) => deployment.isDeclared(state))];
  if (issues.length > 0) deployment.fail(new Issues(issues));
  for (const [urn, names] of targets.waiting(journal)) deployment.warn(urn, `what it was before it was made anew stays, because what is not a target needs that: ${inShort(names)}`);
}

/** The batches of a run, from what its preview declared; without one, from the last state. */
async function batchesOf({ stack, providers, batch }: Run, targets: Targets | undefined): Promise<Batches | undefined> {
  if (batch === undefined) return undefined;
  const declared = previewed.get(stack.place) ?? (stack.snapshot?.resources ?? []).filter(({ urn }) => targets?.includesState(urn) !== false);
  const places = new Map(await Promise.all(declared.map(async (placed) => [placed.urn, await placeOf(placed, providers)] as const)));
  return new Batches(assignBatches(declared, ({ urn }) => places.get(urn), batch));
}

/** Tells what a run did not come to, and why. */
async function tellUnfinished({ stack, report, providers, stopReason, failFast }: Run, deployment: Deployment, undeleted: readonly Placed[], batches: Batches | undefined): Promise<void> {
  const { batch, of } = batches?.progress ?? { batch: 0, of: 0 };
  const why = stopReason() ?? (batches === undefined ? "a failure ended the run" : `batch ${String(batch)} of ${String(of)} failed`);
  // A program that was cut short has not declared all: the preview, or the last run, knew it.
  const isCut = stopReason() !== undefined || (failFast && deployment.failed);
  const unseen = isCut ? (previewed.get(stack.place) ?? stack.snapshot?.resources ?? []).filter(({ urn }) => !deployment.declarations.has(urn)) : [];
  // What has failed is told of already.
  const failed = new Set(await Promise.all(deployment.declarations.failures.map((placed) => placeOf(placed, providers))));
  const unbegun = await notBegun([...deployment.declarations.waiting, ...unseen, ...undeleted], providers, why, failed);
  if (unbegun !== undefined) report(unbegun);
  else if (stopReason() !== undefined) report({ event: "diagnostic", severity: "error", message: why });
  const places = await Promise.all(deployment.declarations.skipped.map((placed) => placeOf(placed, providers)));
  const skipped = deployment.declarations.skipped.filter(({ custom }, index) => custom && unbegun?.notBegun?.includes(places[index] ?? "") !== true).map(({ urn }) => nameOf(urn));
  if (skipped.length > 0)
    report({ event: "diagnostic", severity: deployment.failed ? "error" : "warning", message: `left as they are, because what they need was not made: ${inShort(skipped)}`, notBegun: skipped });
}

/** The policy packs of one run of the program; undefined where there are none. Throws `Issues` where one cannot start. */
async function startPolicies({ report, signal, policyPacks }: Run, settings: ProgramSettings): Promise<Policies | undefined> {
  if (policyPacks.length === 0) return undefined;
  const { Policies } = await import("#engine/policy/policies.ts");
  return Policies.start(policyPacks, { ...settings, report, signal });
}

const settingsOf = ({ project, place, config }: OpenStack, preview: boolean): ProgramSettings => ({
  project: place.project,
  stack: place.stack,
  // That of every stack in a backend of one's own.
  organization: "organization",
  directory: project.directory,
  preview,
  config: config.values,
  secretKeys: config.secretKeys,
});

/** Runs the program once and carries out what it declares, or at preview finds out what that would be. */
export async function runPass(run: Run, preview: boolean, tolerant = false): Promise<Pass> {
  const settings = settingsOf(run.stack, preview);
  await using policies = await startPolicies(run, settings);
  return await passWith(policies, settings, run, tolerant);
}

async function passWith(policies: Policies | undefined, settings: ProgramSettings, run: Run, tolerant: boolean): Promise<Pass> {
  const { preview } = settings;
  const { stack, providers, pool, report, signal, failFast, keeper } = run;
  const { project, place, snapshot } = stack;
  // Importing the SDK takes as long as all the rest of a run with nothing to do: only who runs a program pays for it.
  const [{ runProgram }, program] = await Promise.all([import("#engine/run-program.ts"), findProgram(project, place.stack)]);
  if (preview) warnOfPending(snapshot, report);
  report({ event: "phase", phase: preview ? "preview" : "update" });
  const targets = run.targets === undefined ? undefined : new Targets(run.targets, snapshot);
  const journal = new Journal(snapshot, preview ? undefined : stack.save, targets !== undefined);
  const batches = preview ? undefined : await batchesOf(run, targets);
  const deployment = new Deployment({ ...settings, base: snapshot, journal, providers, pool, report, failFast, tolerant, keeper, policies, targets, ...given({ batches }) });
  const cancel = (): void => deployment.cancel();
  if (signal.aborted) cancel();
  signal.addEventListener("abort", cancel);
  const ran = await runProgram(deployment, { ...settings, program, report });
  signal.removeEventListener("abort", cancel);
  if (ran) await deployment.judgeStack();
  if (preview) previewed.set(place, deployment.declarations.all);
  // A program that failed may not have come to declare everything, and a machine that failed may still need what goes: nothing is deleted.
  const { place: workplace, steps } = deployment;
  if (ran && targets !== undefined) checkTargets(targets, deployment, journal);
  if (ran) keeper?.deletes([...journal.left(), ...journal.unfinished]);
  const spared = [...deployment.spared, ...(targets?.spared(journal) ?? [])];
  const isWhole = preview || !ran || deployment.failed || declaresAsPreviewed(run, deployment);
  const deletes = ran && !deployment.failed && isWhole;
  const fail = (error: unknown, urn: string): void => deployment.fail(error, urn);
  const deleted = deletes ? await deleteLeft({ ...run, place: workplace, steps, spared, fail }) : { succeeded: false, waiting: [] };
  await tellUnfinished(run, deployment, deleted.waiting, batches);
  const succeeded = ran && isWhole && deleted.succeeded;
  await deployment.finish(succeeded);
  await journal.flush();
  const outputs: JsonObject = deployment.outputs;
  const settled = succeeded && !deployment.doubtful && deployment.steps.allSame && !journal.snapshot().resources.some((state) => hasUnknown(state.outputs) || hasUnknown(state.inputs));
  return { succeeded, changes: deployment.steps.changes, outputs, journal, settled };
}
