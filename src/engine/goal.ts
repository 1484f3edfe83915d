import type { JsonObject } from "#model/value.ts";
import type { CustomTimeouts } from "#engine/snapshot.ts";

/** A resource as the program declares it. */
export interface Goal {
  readonly type: string;
  readonly name: string;
  /** Managed by a provider; false for a component. */
  readonly custom: boolean;
  /** A URN; undefined for the root. */
  readonly parent: string | undefined;
  readonly inputs: JsonObject;
  /** A provider reference; undefined where the default provider serves. */
  readonly provider: string | undefined;
  /** Of the package's SDK; empty where it does not say. */
  readonly version: string;
  /** URNs. */
  readonly dependencies: readonly string[];
  readonly propertyDependencies: { readonly [property: string]: readonly string[] };
  /** Undefined where the parent decides. */
  readonly protect: boolean | undefined;
  /** Undefined where the parent decides. */
  readonly retainOnDelete: boolean | undefined;
  readonly ignoreChanges: readonly string[];
  /** Property paths whose change makes the resource anew. */
  readonly replaceOnChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly customTimeouts: CustomTimeouts | undefined;
  readonly hideDiff: readonly string[];
  /** Undefined where the provider decides. */
  readonly deleteBeforeReplace: boolean | undefined;
  /** The provider's id of what it takes over instead of making its own. */
  readonly importId: string | undefined;
  /** A URN, whose deletion deletes this one too; undefined where the parent decides. */
  readonly deletedWith: string | undefined;
  /** Names that the resource had before. */
  readonly aliases: readonly Alias[];
}

/** A name that a resource had before: a URN, or what of it was otherwise. */
export type Alias =
  | string
  | {
      readonly type: string | undefined;
      readonly name: string | undefined;
      readonly project: string | undefined;
      readonly stack: string | undefined;
      /** A URN. */
      readonly parent: string | undefined;
      /** It was directly in the stack. */
      readonly noParent: boolean;
    };

/** A resource that the program reads and does not own. */
export interface ReadGoal extends Pick<Goal, "type" | "name" | "parent" | "inputs" | "provider" | "version" | "dependencies" | "additionalSecretOutputs"> {
  readonly id: string;
}

/** What the program is told of a resource. */
export interface Registered {
  readonly urn: string;
  /** Undefined for a component, and while it is not known. */
  readonly id: string | undefined;
  readonly outputs: JsonObject;
  /** What `outputs` lacks is not known, also when this is no preview: the resource failed, was skipped or postponed. */
  readonly unknown?: boolean;
}

/** The function that tells a resource's outputs by its URN (pulumi sdk/nodejs runtime/rpc.ts). */
export const GET_RESOURCE = "pulumi:pulumi:getResource";

/** A function that the program calls. */
export interface Invocation {
  readonly token: string;
  readonly args: JsonObject;
  /** A provider reference; undefined where the default provider serves. */
  readonly provider: string | undefined;
  readonly version: string;
  /** URNs that must exist before. */
  readonly dependsOn: readonly string[];
}

/** A request of the program: who it is about, and what it says, which may be refused. */
export interface Declaration<T> extends Pick<Goal, "type" | "name" | "parent"> {
  /** Throws `Issues` for what the engine does not do. */
  readonly goal: () => Promise<T>;
}

/** What the program can ask of the engine. A resource that fails is answered with unknown outputs; `Stopped` tells that the run has ended. */
export interface Deployer {
  register(declaration: Declaration<Goal>): Promise<Registered>;
  registerOutputs(urn: string, outputs: JsonObject): Promise<void>;
  read(declaration: Declaration<ReadGoal>): Promise<Registered>;
  /** Ends the run, also a preview, because of something the engine does not do. */
  refuse(error: Error): never;
  /** Undefined when the answer cannot be known yet. */
  invoke(call: Invocation): Promise<{ readonly result: JsonObject; readonly failures: readonly { readonly property: string; readonly reason: string }[] } | undefined>;
}

/** The run has ended by a failure: the program can do nothing more. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  constructor() {
    super("the run has ended");
  }
}
