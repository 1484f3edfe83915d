import type { HostPool } from "#provider/host-pool.ts";
import type { ProviderEvent, ResourceProvider } from "#provider/contract.ts";

/** One resource type: the verbs that the engine calls for it. */
export type ResourceType = Pick<ResourceProvider, "check" | "diff" | "create" | "read" | "update" | "delete">;

/** What every resource type works with. */
export interface ResourceContext {
  readonly project: string;
  readonly stack: string;
  readonly hosts: HostPool;
  readonly report: (event: ProviderEvent) => void;
  /** Aborted by `cancel`. */
  readonly signal: AbortSignal;
}
