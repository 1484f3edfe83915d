import { availableParallelism } from "node:os";
import type { BatchSizes } from "#engine/batches.ts";
import type { Changes, DiagnosticEvent, EngineEvent } from "#engine/events.ts";
import { explainError } from "#engine/explain-error.ts";
import { recordRun } from "#engine/history.ts";
import type { HistoryRecord } from "#engine/history.ts";
import { isProviderType } from "#engine/integrity.ts";
import type { OpenStack } from "#engine/open-stack.ts";
import { Pool } from "#model/pool.ts";
import type { PlanKeeper } from "#engine/plan-keeper.ts";
import type { PolicyPack } from "#engine/policy/pack-files.ts";
import { Providers } from "#engine/providers.ts";
import type { LoadProvider } from "#engine/providers.ts";
import { makeBuiltinProvider } from "#engine/stack-reference.ts";
import type { TargetOptions } from "#engine/targets.ts";
import { stopListening } from "#engine/uncaught.ts";
import type { JsonObject } from "#model/value.ts";

/** What every operation is given. */
export interface RunOptions {
  readonly loadProvider: LoadProvider;
  /** Told of everything as it happens. */
  readonly onEvent: (event: EngineEvent) => void;
  /**
   * How many resources are looked at or changed at once.
   * @defaultValue 8, at most four per core: sshd(8) drops connections from the tenth that logs in (MaxStartups), a jump host's too
   */
  readonly parallel?: number;
  /** Ends the run: what is under way ends, nothing more begins. Aborted by a `TimeoutError` when its time is over. */
  readonly signal?: AbortSignal;
  /** The first failure ends the run. @defaultValue false: no machine waits for another's fault */
  readonly failFast?: boolean;
  /** Machines are changed in batches; the next one begins when the one before has ended well. @defaultValue all at once */
  readonly batch?: BatchSizes;
  /** What the run is about. @defaultValue all */
  readonly targets?: TargetOptions;
  /** The run reads what is there before it decides: a change that was made elsewhere is part of what it works on. @defaultValue false */
  readonly refresh?: boolean;
  /** Told what the run plans, and holds it to that once it shall. */
  readonly keeper?: PlanKeeper;
  /** Judge what the program declares. */
  readonly policyPacks?: readonly PolicyPack[];
  /** For the history. */
  readonly message?: string;
}

/** How a run ended. */
export interface RunResult {
  readonly succeeded: boolean;
  /** What was done, or at preview would be. */
  readonly changes: Changes;
  readonly diagnostics: readonly DiagnosticEvent[];
  /** The stack's outputs; secrets as on the wire. */
  readonly outputs: JsonObject;
  readonly durationSeconds: number;
}

/** What a run is made of. */
export interface Run {
  readonly stack: OpenStack;
  readonly providers: Providers;
  readonly pool: Pool;
  readonly report: (event: EngineEvent) => void;
  readonly signal: AbortSignal;
  readonly failFast: boolean;
  readonly batch: BatchSizes | undefined;
  /** Why the run was ended from outside; undefined while it was not. */
  readonly stopReason: () => string | undefined;
  readonly keeper: PlanKeeper | undefined;
  readonly policyPacks: readonly PolicyPack[];
  readonly targets: TargetOptions | undefined;
  readonly refresh: boolean;
}

/** What an operation gives back to be completed. */
export type Outcome = Pick<RunResult, "succeeded" | "changes" | "outputs">;

/** Carries out an operation: collects what is said, closes the providers, tells the summary. Errors become diagnostics. */
export async function runOperation(stack: OpenStack, options: RunOptions, operation: (run: Run) => Promise<Outcome>): Promise<RunResult> {
  const began = performance.now();
  const diagnostics: DiagnosticEvent[] = [];
  const told = new Set<string>();
  const report = (event: EngineEvent): void => {
    // A state that cannot be written fails every resource in the same words; a policy says again what it said at the preview.
    const repeated = event.event === "policy-remediation" ? event : event.event !== "diagnostic" ? undefined : event.policy === undefined ? event.issues : event;
    if (repeated !== undefined) {
      const text = JSON.stringify(repeated);
      if (told.has(text)) return;
      told.add(text);
    }
    if (event.event === "diagnostic") diagnostics.push(event);
    if (event.event === "planned") options.keeper?.planned(event);
    options.onEvent(event);
  };
  const builtin = makeBuiltinProvider(stack.place.project, stack.readStack, (message) => { report({ event: "diagnostic", severity: "warning", message }); });
  const loadProvider: LoadProvider = async (pkg, ...told) => (pkg === "pulumi" ? builtin : options.loadProvider(pkg, ...told));
  const providers = new Providers(loadProvider, report, options.keeper);
  const pool = new Pool(options.parallel ?? Math.min(8, 4 * availableParallelism()));
  for (const state of stack.snapshot?.resources ?? []) if (isProviderType(state.type)) providers.know(state);
  const signal = options.signal ?? new AbortController().signal;
  const stopReason = (): string | undefined => {
    if (!signal.aborted) return undefined;
    const reason: unknown = signal.reason;
    return typeof reason === "object" && reason !== null && "name" in reason && reason.name === "TimeoutError" ? "the time budget is over" : "cancelled";
  };
  const onAbort = (): void => {
    report({ event: "diagnostic", severity: "warning", message: `${stopReason() ?? ""}: what is under way ends, nothing more begins` });
    void providers.cancel();
  };
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  let outcome: Outcome = { succeeded: false, changes: {}, outputs: {} };
  try {
    // A plan that is kept is done as a whole.
    const failFast = options.failFast === true || options.keeper !== undefined;
    outcome = await operation({ stack, providers, pool, report, signal, failFast, batch: options.batch, stopReason, keeper: options.keeper, policyPacks: options.policyPacks ?? [], targets: options.targets, refresh: options.refresh === true });
  } catch (error) {
    report(explainError(error));
  } finally {
    signal.removeEventListener("abort", onAbort);
    await providers.close();
    await stopListening();
  }
  const durationSeconds = (performance.now() - began) / 1000;
  report({ event: "summary", succeeded: outcome.succeeded, changes: outcome.changes, durationSeconds });
  return { ...outcome, diagnostics, durationSeconds };
}

/** As `runOperation`, and adds the run to the history. The stack must be open for change. */
export async function runRecorded(stack: OpenStack, kind: HistoryRecord["kind"], options: RunOptions, operation: (run: Run) => Promise<Outcome>): Promise<RunResult> {
  const startTime = Math.floor(Date.now() / 1000);
  const result = await runOperation(stack, options, operation);
  const record: HistoryRecord = {
    kind,
    startTime,
    endTime: Math.floor(Date.now() / 1000),
    message: options.message ?? "",
    environment: { "exec.kind": "steading" },
    config: stack.config.closed,
    result: result.succeeded ? "succeeded" : "failed",
    resourceChanges: { ...result.changes },
  };
  try {
    await recordRun(stack.place, record);
    return result;
  } catch (error) {
    // What was done is done, and the state says so: it only is not in the list of runs.
    const warning: DiagnosticEvent = { ...explainError(error), severity: "warning" };
    options.onEvent(warning);
    return { ...result, diagnostics: [...result.diagnostics, warning] };
  }
}
