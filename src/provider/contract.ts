import type { WhenUnreachable } from "#model/connection.ts";
import type { Issue } from "#model/issue.ts";
import type { Json, JsonObject } from "#model/value.ts";

/**
 * The five verbs of Pulumi's ResourceProvider on plain values, so that the embedded engine calls the provider directly and
 * the gRPC server only translates. Secrets and unknowns are as on the wire (`#model/value.ts`).
 */
export interface ResourceProvider {
  configure(config: JsonObject): Promise<void>;
  check(request: CheckRequest): Promise<CheckResponse>;
  diff(request: DiffRequest): Promise<DiffResponse>;
  create(request: CreateRequest): Promise<CreateResponse>;
  read(request: ReadRequest): Promise<ReadResponse>;
  update(request: UpdateRequest): Promise<UpdateResponse>;
  /** `queued`: it was not deleted, and stays in the state for the next run. `forgotten`: it is to be dropped as if it were. */
  delete(request: DeleteRequest): Promise<Postponed | undefined>;
  /** The machine that a resource is on, as people name it; undefined where it is on none, or that is not known yet. */
  placeOf?(type: string, inputs: JsonObject): string | undefined;
  invoke(token: string, args: JsonObject): Promise<{ readonly result: JsonObject; readonly failures: readonly CheckFailure[] }>;
  /** Ends what is under way as soon as the hosts are in a known state. */
  cancel(): Promise<void>;
  /** Closes connections; the last call. */
  close(): Promise<void>;
}

/** What became of a change whose machine did not answer, where that is no failure. The provider has warned. */
export type Postponed = "queued" | "forgotten";

/** What every request names. */
export interface ResourceRequest {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
}

/** Are these inputs good? */
export interface CheckRequest extends ResourceRequest {
  /** Old inputs; absent on create. */
  readonly olds?: JsonObject;
  readonly news: JsonObject;
}

/** A mistake in the inputs. */
export interface CheckFailure {
  /** A property path, for example `items.file["motd"].path`; empty for the whole. */
  readonly property: string;
  readonly reason: string;
  /** The same in its parts; the protocol has no room for it. */
  readonly issue?: Issue;
}

/** The inputs as they will be used, and all mistakes in them. */
export interface CheckResponse {
  readonly inputs: JsonObject;
  readonly failures: readonly CheckFailure[];
}

/** What would change? */
export interface DiffRequest extends ResourceRequest {
  readonly id: string;
  readonly oldInputs: JsonObject;
  /** Old outputs. */
  readonly olds: JsonObject;
  readonly news: JsonObject;
  readonly ignoreChanges: readonly string[];
}

/** What happens to a property; `-replace` makes the resource anew. */
export type DiffKind = "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

/** What would change; `unknown` where it cannot be told yet. */
export interface DiffResponse {
  readonly changes: "none" | "some" | "unknown";
  /** Property path to what happens there. */
  readonly detailedDiff: { readonly [path: string]: { readonly kind: DiffKind; readonly inputDiff: boolean } };
  /** Top-level properties that change. */
  readonly diffs: readonly string[];
  /** Property paths that force a replacement. */
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** Make it; at preview, say what it would be. */
export interface CreateRequest extends ResourceRequest {
  readonly inputs: JsonObject;
  readonly preview: boolean;
  readonly timeoutSeconds: number;
}

/** What was made. */
export interface CreateResponse extends UpdateResponse {
  /** Empty only at preview. */
  readonly id: string;
}

/** What it is now. */
export interface UpdateResponse {
  readonly properties: JsonObject;
  /** Nothing was done: `properties` are as they were, and what they lack is not known. */
  readonly postponed?: Postponed;
}

/** What is there now? Import asks this too. */
export interface ReadRequest extends ResourceRequest {
  readonly id: string;
  /** Old inputs; absent on import. */
  readonly inputs?: JsonObject;
  readonly properties?: JsonObject;
}

/** What is there now. */
export interface ReadResponse {
  /** Empty when the resource is gone. */
  readonly id: string;
  readonly inputs: JsonObject;
  readonly properties: JsonObject;
  /** Nothing was read: all is as it was in the request. */
  readonly postponed?: Postponed;
}

/** Make it as the new inputs say; at preview, say what it would be. */
export interface UpdateRequest extends ResourceRequest {
  readonly id: string;
  readonly oldInputs: JsonObject;
  readonly olds: JsonObject;
  readonly news: JsonObject;
  readonly preview: boolean;
  readonly timeoutSeconds: number;
  readonly ignoreChanges: readonly string[];
}

/** Take it away, and put back what was there before. */
export interface DeleteRequest extends ResourceRequest {
  /** Empty for what a killed run was making: it may be there in part, or not at all. Only Steading's own engine asks that. */
  readonly id: string;
  readonly oldInputs: JsonObject;
  readonly olds: JsonObject;
  readonly timeoutSeconds: number;
  /** Only say what would be done. Pulumi's protocol does not ask that. @defaultValue false */
  readonly preview?: boolean;
}

/** The resource exists but is not what was asked for: state is saved, the run fails, the next run updates. */
export class InitFailed extends Error {
  override readonly name = "InitFailed";
  readonly id: string;
  readonly properties: JsonObject;
  readonly reasons: readonly string[];
  /** `cause` in the options is the fault that it came from. */
  constructor(id: string, properties: JsonObject, reasons: readonly string[], options?: ErrorOptions) {
    super(reasons.join("\n"), options);
    this.id = id;
    this.properties = properties;
    this.reasons = reasons;
  }
}

/** What a provider tells while it works. Values of secrets are already masked. */
export type ProviderEvent = PlannedEvent | StepEvent | MessageEvent;

/** The plan for one layer, item by item: sent by diff, create, update and delete, also at preview. */
export interface PlannedEvent {
  readonly event: "planned";
  readonly urn: string;
  readonly host: string;
  readonly items: readonly PlannedItem[];
  /** What follows a change, for example `restart ssh.service`. */
  readonly reactions: readonly string[];
  /** Items that are as wanted, `<kind> <name>` each; absent where nothing was asked. */
  readonly unchanged?: readonly string[];
  /** What the plan was made from; only for a run that keeps to a plan. */
  readonly seen?: Seen;
}

/** What a host answered when a layer was planned, as keyed digests. */
export interface Seen {
  /** What is owned on the host, and by whom. */
  readonly ledger: string;
  readonly items: readonly SeenItem[];
}

/** What a host answered about one item. */
export interface SeenItem {
  readonly kind: string;
  readonly name: string;
  /** What the plan does about it. */
  readonly action: string;
  /** All answers that the plan of this item depends on. */
  readonly answers: string;
  /** What is there, for each field that is not as wanted. */
  readonly fields: { readonly [field: string]: string };
}

/** What happens to one item of a layer. */
export interface PlannedItem {
  readonly kind: string;
  readonly name: string;
  /** `adopt`: it is as wanted already, and the layer keeps it so from now on. */
  readonly action: "change" | "adopt" | "restore" | "cannot-tell" | "waits";
  readonly fields: readonly PlannedField[];
}

/** What happens to one field of an item. */
export interface PlannedField {
  readonly field: string;
  /** As shown: shortened, secrets as `[secret]`; absent when there is nothing. */
  readonly have?: string;
  readonly want?: string;
  /** Why it cannot be told, or what it waits for. */
  readonly note?: string;
}

/** A step on a host began or ended. */
export interface StepEvent {
  readonly event: "step";
  readonly urn: string;
  readonly host: string;
  /** What is done, in a few words: `package: apt-get install curl`. */
  readonly step: string;
  /** Counted from 1. */
  readonly index: number;
  readonly of: number;
  /** Absent while it runs. */
  readonly seconds?: number;
}

/** A line for the person who waits. */
export interface MessageEvent {
  readonly event: "message";
  readonly severity: "debug" | "info" | "warning" | "error";
  readonly urn: string;
  readonly text: string;
}

/** Keeps a run to what was planned. */
export interface PlanWatch {
  /** A keyed digest: it may be written down for a secret too. */
  readonly digest: (value: Json) => string;
  /**
   * What is not as planned for a layer that is about to be applied, in words; none for what no plan was kept of.
   *
   * @param moved - this run has changed the host already, for another layer
   */
  readonly deviations: (urn: string, seen: Seen, moved: boolean) => readonly string[];
}

/** Makes the provider. `stack` and `project` own what is put on hosts. */
export type MakeProvider = (options: {
  readonly project: string;
  readonly stack: string;
  readonly report: (event: ProviderEvent) => void;
  /** In place of what the connections declare. */
  readonly whenUnreachable?: WhenUnreachable;
  /** @defaultValue none: each run plans for itself */
  readonly watch?: PlanWatch | undefined;
}) => ResourceProvider;
