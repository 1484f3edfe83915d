import type { HostPool } from "#provider/host-pool.ts";
import type { ProviderEvent, ResourceProvider } from "#provider/contract.ts";
import type { PlanHold } from "#provider/plan-hold.ts";

/** One resource type: the verbs that the engine calls for it. */
export type ResourceType = Pick<ResourceProvider, "check" | "diff" | "create" | "read" | "update" | "delete">;

/** What every resource type works with. */
export interface ResourceContext {
  readonly project: string;
  readonly stack: string;
  readonly hosts: HostPool;
  readonly report: (event: ProviderEvent) => void;
  /** Undefined for a run that plans for itself. */
  readonly hold: PlanHold | undefined;
  /** Aborted by `cancel`. */
  readonly signal: AbortSignal;
}
