import type { WhenUnreachable } from "#model/connection.ts";
import type { Claims } from "#provider/claims.ts";
import type { HostPool } from "#provider/host-pool.ts";
import type { ProviderEvent, ResourceProvider } from "#provider/contract.ts";
import type { PlanHold } from "#provider/plan-hold.ts";

/** One resource type: the verbs that the engine calls for it. */
export interface ResourceType extends Pick<ResourceProvider, "check" | "diff" | "create" | "read" | "update" | "delete"> {
  /** The input that says how the machine is reached that the resource is on; absent where it is on none. */
  readonly connection?: string;
}

/** What every resource type works with. */
export interface ResourceContext {
  readonly project: string;
  readonly stack: string;
  readonly hosts: HostPool;
  /** What the layers of the run decide on. */
  readonly claims: Claims;
  readonly report: (event: ProviderEvent) => void;
  /** Undefined for a run that plans for itself. */
  readonly hold: PlanHold | undefined;
  /** Aborted by `cancel`. */
  readonly signal: AbortSignal;
  /** In place of what the connections declare. */
  readonly whenUnreachable: WhenUnreachable | undefined;
}
