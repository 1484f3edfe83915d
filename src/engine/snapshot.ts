import type { Json, JsonObject } from "#model/value.ts";

/**
 * What a stack's last run left behind: Pulumi's deployment, secrets opened. Values are never changed in place, so that a
 * snapshot can be written while the run goes on. Field meanings: pulumi sdk/go/common/apitype/core.go.
 */
export interface Snapshot {
  readonly manifest: Manifest;
  /** How the secrets of the file are encrypted; absent where nothing was encrypted yet. */
  readonly secretsProviders?: SecretsProviders;
  /** In topological order: what a resource refers to comes before it. */
  readonly resources: readonly ResourceState[];
  /** What was under way when the engine last wrote. Left over only after a killed run. */
  readonly pendingOperations: readonly PendingOperation[];
  readonly metadata: JsonObject;
  /** Unknown fields, kept as they are. */
  readonly extra?: JsonObject;
}

/** Who wrote the checkpoint, and when. */
export interface Manifest {
  /** RFC 3339. */
  readonly time: string;
  /** SHA-256 of `version` in hex; empty where `version` is. */
  readonly magic: string;
  readonly version: string;
  /** Unknown fields, kept as they are. */
  readonly extra?: JsonObject;
}

/** The secrets provider that a checkpoint names. */
export interface SecretsProviders {
  readonly type: string;
  readonly state: JsonObject;
  /** Unknown fields, kept as they are. */
  readonly extra?: JsonObject;
}

/** What the engine was doing to a resource. */
export type OperationType = "creating" | "updating" | "deleting" | "reading" | "importing";

/** An operation that was begun and not seen to end. */
export interface PendingOperation {
  readonly resource: ResourceState;
  readonly type: OperationType;
  /** Unknown fields, kept as they are. */
  readonly extra?: JsonObject;
}

/** Seconds after which an operation is given up. */
export interface CustomTimeouts {
  readonly create?: number;
  readonly update?: number;
  readonly delete?: number;
}

/** One resource as a checkpoint of version 3 holds it (pulumi sdk/go/common/apitype/core.go, ResourceV3). */
export interface ResourceState {
  readonly urn: string;
  /** Managed by a provider; false for a component. */
  readonly custom: boolean;
  /** Was replaced; the old one is still to be deleted. */
  readonly delete?: boolean;
  /** What the provider calls it; absent for a component. */
  readonly id?: string;
  readonly type: string;
  /** As checked by the provider; secrets as on the wire. */
  readonly inputs: JsonObject;
  /** As returned by the provider; secrets as on the wire. */
  readonly outputs: JsonObject;
  /** A URN. */
  readonly parent?: string;
  readonly protect?: boolean;
  /** Read, not owned. */
  readonly external?: boolean;
  /** URNs. */
  readonly dependencies: readonly string[];
  /** Why the resource is not what was asked for, though it exists. */
  readonly initErrors?: readonly string[];
  /** `<urn of the provider resource>::<its id>`. */
  readonly provider?: string;
  /** Top-level input to the URNs that it came from. */
  readonly propertyDependencies: { readonly [property: string]: readonly string[] };
  /** Deleted in order to be replaced, and not made again yet. */
  readonly pendingReplacement?: boolean;
  readonly additionalSecretOutputs?: readonly string[];
  /** Earlier URNs. */
  readonly aliases?: readonly string[];
  readonly customTimeouts?: CustomTimeouts;
  /** `importID` in the file. */
  readonly importId?: string;
  readonly retainOnDelete?: boolean;
  /** A URN whose deletion deletes this one too. */
  readonly deletedWith?: string;
  /** RFC 3339. */
  readonly created?: string;
  /** RFC 3339. */
  readonly modified?: string;
  readonly sourcePosition?: string;
  readonly stackTrace?: readonly JsonObject[];
  readonly ignoreChanges?: readonly string[];
  readonly hideDiff?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
  /** A value whose change replaces the resource. */
  readonly replacementTrigger?: Json;
  /** Unknown fields, kept as they are. */
  readonly extra?: JsonObject;
}

/** The snapshot of a stack that has none yet. */
export const emptySnapshot = (): Snapshot => ({
  manifest: { time: new Date().toISOString(), magic: "", version: "" },
  resources: [],
  pendingOperations: [],
  metadata: {},
});
