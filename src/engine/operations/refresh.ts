import { Issues } from "#model/issue.ts";
import type { DiffKind, DiffResponse, Postponed, ResourceProvider } from "#provider/contract.ts";
import type { Operation } from "#engine/events.ts";
import { explainError } from "#engine/explain-error.ts";
import { diffOf } from "#engine/generate.ts";
import { isProviderType } from "#engine/integrity.ts";
import { Journal } from "#engine/journal.ts";
import { given } from "#engine/json-fields.ts";
import type { OpenStack } from "#engine/open-stack.ts";
import { runOperation, runRecorded } from "#engine/operations/run.ts";
import { leavesInDoubt, ownDoubts, unmoored, warnOfPending } from "#engine/pending.ts";
import { notBegun, placeOf } from "#engine/placed.ts";
import { readNow } from "#engine/read-state.ts";
import type { Outcome, Run, RunOptions, RunResult } from "#engine/operations/run.ts";
import type { ResourceState, Snapshot } from "#engine/snapshot.ts";
import { Steps } from "#engine/steps.ts";
import { Targets } from "#engine/targets.ts";
import { nameOf, ROOT_TYPE } from "#engine/urn.ts";

/** How `refresh` goes about it. */
export interface RefreshOptions extends RunOptions {
  /** Forgets what killed runs were making: somebody has seen that it is not there. @defaultValue false */
  readonly clearPendingCreates?: boolean;
  /** Only tells what has drifted. @defaultValue false */
  readonly previewOnly?: boolean;
}

/** What a resource was found to be. */
interface Found {
  readonly op: Extract<Operation, "same" | "update" | "delete">;
  /** Undefined when it is gone. */
  readonly state: ResourceState | undefined;
  readonly diff: DiffResponse | undefined;
  /** It could not be read, and that is no failure. */
  readonly postponed?: Postponed;
}

const unchanged = (state: ResourceState): Found => ({ op: "same", state, diff: undefined });

const isRead = (state: ResourceState): boolean =>
  state.custom && !isProviderType(state.type) && state.delete !== true && state.pendingReplacement !== true && state.id !== undefined;

const INVERSE: { readonly [K in DiffKind]?: DiffKind } = { add: "delete", delete: "add", "add-replace": "delete-replace", "delete-replace": "add-replace" };

/** The difference from what was to what is: the provider was asked the other way round. */
const inverted = (diff: DiffResponse): DiffResponse => ({
  ...diff,
  detailedDiff: Object.fromEntries(Object.entries(diff.detailedDiff).map(([path, entry]) => [path, { ...entry, kind: INVERSE[entry.kind] ?? entry.kind }])),
});

async function look(old: ResourceState, provider: ResourceProvider, { report }: Run): Promise<Found> {
  const { state, postponed } = await readNow(old, provider, report);
  if (postponed !== undefined) return { ...unchanged(old), postponed };
  if (state === undefined) return { op: "delete", state, diff: undefined };
  const diff = inverted(await diffOf(state, old.inputs, provider, { type: old.type, name: nameOf(old.urn), ignoreChanges: old.ignoreChanges ?? [], replaceOnChanges: [] }));
  return { op: diff.changes === "none" ? "same" : "update", state, diff };
}

/** A state without references to resources that are gone. */
function pruned(state: ResourceState, gone: ReadonlySet<string>): ResourceState {
  const there = (urns: readonly string[]): readonly string[] => urns.filter((urn) => !gone.has(urn));
  const refers = [...state.dependencies, state.parent, state.deletedWith, ...Object.values(state.propertyDependencies).flat()].some((urn) => urn !== undefined && gone.has(urn));
  if (!refers) return state;
  const { parent, deletedWith, ...rest } = state;
  return {
    ...rest,
    ...(parent === undefined || gone.has(parent) ? {} : { parent }),
    ...(deletedWith === undefined || gone.has(deletedWith) ? {} : { deletedWith }),
    dependencies: there(state.dependencies),
    propertyDependencies: Object.fromEntries(Object.entries(state.propertyDependencies).map(([key, urns]) => [key, there(urns)])),
  };
}

/** What a refresh came to. */
interface Refreshed extends Outcome {
  /** The state as it is then; undefined for a stack that was never brought up. */
  readonly snapshot: Snapshot | undefined;
}

/** What of a refresh's targets is there; undefined for all. Throws `Issues` for one that is not. */
function targetsOf({ stack: { snapshot }, targets: options }: Run): Targets | undefined {
  if (options === undefined) return undefined;
  const targets = new Targets(options, snapshot);
  const issues = targets.mistakes([...(snapshot?.resources ?? []), ...(snapshot?.pendingOperations ?? []).map(({ resource }) => resource)].map(({ urn }) => [urn]));
  if (issues.length > 0) throw new Issues(issues);
  return targets;
}

async function refreshAll(run: Run, targets: Targets | undefined, preview: boolean, clearPendingCreates = false): Promise<Refreshed> {
  const { stack, providers, pool, report, signal } = run;
  const resources = stack.snapshot?.resources ?? [];
  const isTarget = ({ urn }: ResourceState): boolean => targets?.includesState(urn) !== false;
  const steps = new Steps(report);
  const failures: unknown[] = [];
  const waiting: ResourceState[] = [];
  const read = new Set<string>();
  report({ event: "phase", phase: "refresh" });
  const refreshOne = async (old: ResourceState): Promise<Found> => {
    if (!isRead(old) || !isTarget(old) || old.provider === undefined) return unchanged(old);
    try {
      const provider = await providers.find(old.provider, old.urn);
      if (provider === undefined) return unchanged(old);
      const step = { op: "refresh" as const, urn: old.urn, name: nameOf(old.urn), state: old, diff: undefined };
      return await pool.run(async () => {
        if (signal.aborted || (run.failFast && failures.length > 0)) {
          waiting.push(old);
          return unchanged(old);
        }
        const found = await steps.run(step, () => look(old, provider, run), ({ op, diff, postponed }) => ({ ...step, op, diff: diff ?? undefined, ...given({ postponed }) }));
        if (found.postponed === undefined) read.add(old.urn);
        return found;
      });
    } catch (error) {
      failures.push(error);
      report(explainError(error, old.urn));
      return unchanged(old);
    }
  };
  // What is on one machine is read together: its connection is open.
  const places = await Promise.all(resources.map((state) => placeOf(state, providers)));
  const groups = Map.groupBy(resources, (_, index) => places[index] ?? "");
  const answers = new Map([...groups.values()].flat().map((state) => [state, refreshOne(state)]));
  const found = await Promise.all(resources.map((state) => answers.get(state) ?? Promise.resolve(unchanged(state))));
  const unbegun = await notBegun(waiting, providers, run.stopReason() ?? "a failure ended the run");
  if (unbegun !== undefined) report(unbegun);
  const gone = new Set(resources.flatMap((old, index) => (found[index]?.state === undefined ? [old.urn] : [])));
  const isSeen = (state: ResourceState): boolean => state.delete !== true && read.has(state.urn);
  const updates = (stack.snapshot?.pendingOperations ?? []).filter(({ type }) => type === "updating");
  const mayHaveMoved = (old: ResourceState): boolean => isSeen(old) && updates.some((operation) => leavesInDoubt(operation, old));
  const states = found.flatMap(({ state }, index) => {
    const old = resources[index];
    return state === undefined || old === undefined ? [] : [pruned(mayHaveMoved(old) ? unmoored(state) : state, gone)];
  });
  const succeeded = failures.length === 0 && !signal.aborted;
  const outputs = states.find((state) => state.type === ROOT_TYPE)?.outputs ?? {};
  if (stack.snapshot === undefined) return { succeeded, changes: steps.changes, outputs, snapshot: undefined };
  // What was read is no longer in doubt; what killed runs were making, or had replaced, may still be there.
  const pendingOperations = stack.snapshot.pendingOperations.filter(({ type, resource }) => (type === "creating" ? !(clearPendingCreates && isTarget(resource)) : !isSeen(resource)));
  const left = { ...stack.snapshot, resources: states, pendingOperations };
  const unseen = ownDoubts(stack.snapshot, left, isSeen);
  const snapshot = { ...left, pendingOperations: [...pendingOperations, ...unseen] };
  if (!preview) await new Journal(snapshot, stack.save).flush();
  return { succeeded, changes: steps.changes, outputs, snapshot };
}

/** A run as it goes on after a refresh. */
export interface AfterRefresh {
  readonly run: Run;
  /** All that it asked for was read. */
  readonly succeeded: boolean;
  /** It was not, and nothing more is to be done. */
  readonly isOver: boolean;
}

/**
 * Refreshes first where the run shall, in the state that it then works on; at preview nothing is written. What could not be read stays as
 * it is, and fails the run in the end: no machine waits for another's fault.
 */
export async function refreshFirst(run: Run, preview: boolean): Promise<AfterRefresh> {
  if (!run.refresh) return { run, succeeded: true, isOver: false };
  // A target may be what the program is yet to declare.
  const targets = run.targets === undefined ? undefined : new Targets(run.targets, run.stack.snapshot);
  const { succeeded, snapshot } = await refreshAll(run, targets, preview);
  return { run: { ...run, stack: { ...run.stack, snapshot } }, succeeded, isOver: !succeeded && (run.failFast || run.signal.aborted) };
}

async function refreshOnly(run: Run, preview: boolean, clearPendingCreates = false): Promise<Outcome> {
  warnOfPending(run.stack.snapshot, run.report);
  return refreshAll(run, targetsOf(run), preview, clearPendingCreates);
}

/**
 * Brings the state to what is really there, and changes nothing there; runs no program. A resource that is gone is forgotten.
 * The stack must be open for change, except for a preview.
 */
export const refresh = (stack: OpenStack, options: RefreshOptions): Promise<RunResult> =>
  options.previewOnly === true ? runOperation(stack, options, (run) => refreshOnly(run, true)) : runRecorded(stack, "refresh", options, (run) => refreshOnly(run, false, options.clearPendingCreates));
