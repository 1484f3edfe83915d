import type { HostState } from "#model/fault.ts";
import type { Issue } from "#model/issue.ts";
import type { DiffResponse, Postponed, ProviderEvent } from "#provider/contract.ts";

/** What happens to a resource, in Pulumi's words. */
export type Operation = "same" | "create" | "update" | "replace" | "import" | "delete" | "read" | "refresh";

/** Number of resources by what happened to them. Default providers do not count. */
export type Changes = { readonly [O in Operation]?: number };

/** What a run tells while it goes on, in order. Values are not in it, except through provider events, which mask secrets. */
export type EngineEvent = PhaseEvent | ResourceEvent | PolicyRemediationEvent | DiagnosticEvent | SummaryEvent | ProviderEvent;

/** A part of the run begins. `up` previews first; nothing is changed before `update` and `delete`. */
export interface PhaseEvent {
  readonly event: "phase";
  readonly phase: "preview" | "update" | "delete" | "refresh";
}

/** A step begins (`resource-pre`) or has ended (`resource-outputs`). */
export interface ResourceEvent {
  readonly event: "resource-pre" | "resource-outputs";
  readonly op: Operation;
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Absent for the root. */
  readonly parent?: string;
  /** False for a component. */
  readonly custom: boolean;
  /** What the provider says differs; empty for a component. */
  readonly detailedDiff: DiffResponse["detailedDiff"];
  /** How long it took; on `resource-outputs`. */
  readonly seconds?: number;
  /** It did not succeed; on `resource-outputs`. A diagnostic says why. */
  readonly failed?: boolean;
  /** It was not done, because its machine does not answer, and that is no failure; on `resource-outputs`. */
  readonly postponed?: Postponed;
}

/** Which policy of which pack speaks. */
export interface PolicyName {
  readonly pack: string;
  readonly version: string;
  readonly policy: string;
}

/** A policy changed what a resource is to be. */
export interface PolicyRemediationEvent extends PolicyName {
  readonly event: "policy-remediation";
  readonly urn: string;
  /** Property paths of what it changed. */
  readonly paths: readonly string[];
}

/** Something to be said. An error means that the run fails. */
export interface DiagnosticEvent {
  readonly event: "diagnostic";
  readonly severity: "debug" | "info" | "warning" | "error";
  /** The resource it is about; absent for the whole run. */
  readonly urn?: string;
  readonly message: string;
  /** The policy that says it; an error when it is mandatory. */
  readonly policy?: PolicyName;
  /** The mistakes of the user, where that is what it is about. */
  readonly issues?: readonly Issue[];
  /** What a fault left behind. */
  readonly fault?: { readonly code: string; readonly host: string; readonly hostState: HostState };
  /** What the run did not come to, in order: machines by name, else resources. */
  readonly notBegun?: readonly string[];
  /** The program's own output is shown as it is, without a severity. */
  readonly fromProgram?: boolean;
}

/** The last event of a run. */
export interface SummaryEvent {
  readonly event: "summary";
  readonly succeeded: boolean;
  readonly changes: Changes;
  readonly durationSeconds: number;
}
