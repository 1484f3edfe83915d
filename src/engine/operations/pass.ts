import { hasUnknown } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { deleteLeft } from "#engine/deletes.ts";
import { Deployment } from "#engine/deployment.ts";
import { Journal } from "#engine/journal.ts";
import type { OpenStack } from "#engine/open-stack.ts";
import { findProgram } from "#engine/program.ts";
import type { Outcome, Run } from "#engine/operations/run.ts";

/** What one run of the program came to. */
export interface Pass extends Outcome {
  readonly journal: Journal;
  /** Nothing is to be done, and nothing is unknown: what the journal holds is what a real run would leave. */
  readonly settled: boolean;
}

/** What the last preview of an open stack came to. */
const previewed = new WeakMap<OpenStack, ReadonlySet<string>>();

/**
 * True when what is left to be deleted is what the preview showed. A resource that the program declared then and not now (a
 * module that runs only once, a coin that fell otherwise) is no reason to delete it.
 */
function deletesAsPreviewed({ stack, report }: Run, journal: Journal): boolean {
  const lost = [...journal.left(), ...journal.unfinished].filter(({ urn }) => previewed.get(stack)?.has(urn) === true && !journal.declared.has(urn));
  for (const { urn } of lost)
    report({ event: "diagnostic", severity: "error", urn, message: "the program declared this at the preview and not in the run: nothing is deleted. Declare it whenever the program runs." });
  return lost.length === 0;
}

/** Warns of what a killed run was doing. */
function warnOfPending({ stack, report }: Run): void {
  for (const { type, resource } of stack.snapshot?.pendingOperations ?? [])
    report({
      event: "diagnostic",
      severity: "warning",
      urn: resource.urn,
      message: `an earlier run was killed while ${type} this resource; this run looks again at what is there`,
    });
}

/** Runs the program once and carries out what it declares, or at preview finds out what that would be. */
export async function runPass(run: Run, preview: boolean): Promise<Pass> {
  const { stack, providers, pool, report, signal, keeper } = run;
  const { project, place, config, snapshot } = stack;
  // Importing the SDK takes as long as all the rest of a run with nothing to do: only who runs a program pays for it.
  const [{ runProgram }, file] = await Promise.all([import("#engine/run-program.ts"), findProgram(project, place.stack)]);
  if (preview) warnOfPending(run);
  report({ event: "phase", phase: preview ? "preview" : "update" });
  const journal = new Journal(snapshot, preview ? undefined : stack.save);
  const names = { project: place.project, stack: place.stack };
  const deployment = new Deployment({ ...names, config: config.values, secretKeys: config.secretKeys, preview, base: snapshot, journal, providers, pool, report, keeper });
  const cancel = (): void => deployment.cancel();
  if (signal.aborted) cancel();
  signal.addEventListener("abort", cancel);
  const ran = await runProgram(deployment, {
    ...names,
    organization: "organization",
    directory: project.directory,
    file,
    preview,
    config: config.values,
    secretKeys: config.secretKeys,
    report,
  });
  signal.removeEventListener("abort", cancel);
  // A program that failed may not have come to declare everything: nothing is deleted for it.
  if (preview) previewed.set(stack, journal.declared);
  if (ran) keeper?.deletes([...journal.left(), ...journal.unfinished]);
  const deleted = ran && (preview || deletesAsPreviewed(run, journal)) && (await deleteLeft({ ...run, place: { journal, preview, previewDeletes: keeper !== undefined }, steps: deployment.steps, fail: (error, urn) => deployment.fail(error, urn) }));
  const succeeded = ran && deleted;
  await deployment.finish(succeeded);
  await journal.flush();
  const outputs: JsonObject = deployment.outputs;
  const settled = succeeded && deployment.steps.allSame && !journal.snapshot().resources.some((state) => hasUnknown(state.outputs) || hasUnknown(state.inputs));
  return { succeeded, changes: deployment.steps.changes, outputs, journal, settled };
}
