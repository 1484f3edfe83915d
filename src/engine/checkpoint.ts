import { Issues } from "#model/issue.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { magicOf } from "#engine/integrity.ts";
import { readResource, writeResource } from "#engine/resource-fields.ts";
import type { Writing } from "#engine/resource-fields.ts";
import type { OperationType, PendingOperation, ResourceState, Snapshot } from "#engine/snapshot.ts";
import { given, parseJson, JsonFields } from "#engine/json-fields.ts";
import { stateSecrets } from "#engine/state-secrets.ts";
import type { Crypters, StateSecrets } from "#engine/state-secrets.ts";

/** The version of the checkpoint format that is read and written (pulumi sdk/go/common/apitype, VersionedCheckpoint). */
const VERSION = 3;
/** The first version that says which features it uses (pulumi pkg/resource/stack/deployment.go). */
const LISTS_FEATURES = 4;
const OPERATIONS: readonly OperationType[] = ["creating", "updating", "deleting", "reading", "importing"];

/** A checkpoint file whose frame was read and whose secrets are still closed. */
export interface Checkpoint {
  /** `organization/<project>/<stack>`. */
  readonly stack: string;
  /** The salt that its secrets were encrypted under; undefined when there are none. */
  readonly salt: string | undefined;
  /** Null for a stack that was never brought up. */
  readonly latest: JsonObject | undefined;
  /** Unknown fields around `checkpoint`, and in it. */
  readonly outer: JsonObject | undefined;
  readonly inner: JsonObject | undefined;
  /** What messages name as the place. */
  readonly at: string;
}

/** An opened checkpoint and the means to write it again. */
export interface OpenedCheckpoint {
  /** Undefined for a stack that was never brought up. */
  readonly snapshot: Snapshot | undefined;
  /** The text to put into the file, on one line. Ciphertexts whose secrets did not change stay. */
  readonly write: (snapshot: Snapshot) => string;
}

const refuse = (code: string, at: string, message: string, fix: string): never => {
  throw new Issues([{ code, at, path: "", message, fix }]);
};

const useTheCli = (at: string, what: string): never =>
  refuse("state.unsupported", at, `the checkpoint ${what}, which Steading does not know`, "use the Pulumi CLI for this stack");

/** The frame for a stack that has no checkpoint file yet. */
export const newCheckpoint = (stack: string, at: string): Checkpoint => ({ stack, salt: undefined, latest: undefined, outer: undefined, inner: undefined, at });

/** Reads the frame of a checkpoint. Throws `Issues` for damaged text, and for versions and features that are not known, by name. */
export function parseCheckpoint(text: string, at: string): Checkpoint {
  let json: Json;
  try {
    json = parseJson(text);
  } catch (error) {
    return refuse("state.invalid", at, `is not JSON: ${String(error)}`, "restore the .bak file beside it");
  }
  const outer = new JsonFields(json, at, "");
  const version = outer.number("version");
  // A list of strings since version 4, which is written only where one of them is used.
  const features = version === undefined || version > LISTS_FEATURES ? [] : (outer.texts("features") ?? []);
  if (features.length > 0) return useTheCli(at, `uses ${features.join(", ")} (version ${String(version)})`);
  if (version !== VERSION) return useTheCli(at, `has version ${String(version ?? "none")}`);
  const inner = new JsonFields(outer.object("checkpoint"), at, "checkpoint");
  const stack = inner.required("stack");
  const latest = inner.object("latest");
  return { stack, salt: latest === undefined ? undefined : saltOf(latest, at), latest, outer: outer.rest(), inner: inner.rest(), at };
}

function saltOf(latest: JsonObject, at: string): string | undefined {
  const provider = new JsonFields(latest, at, "checkpoint.latest").object("secrets_providers");
  if (provider === undefined) return undefined;
  const fields = new JsonFields(provider, at, "secrets_providers");
  const type = fields.text("type") ?? "";
  if (type === "") return undefined;
  if (type !== "passphrase") return useTheCli(at, `is encrypted by the secrets provider ${type}`);
  return new JsonFields(fields.object("state") ?? {}, at, "secrets_providers.state").text("salt");
}

function readOperation(json: Json, secrets: StateSecrets, at: string, index: number): PendingOperation {
  const fields = new JsonFields(json, at, `pending_operations[${String(index)}]`);
  const name = fields.required("type");
  const type = OPERATIONS.find((one) => one === name) ?? useTheCli(at, `holds a pending operation ${name}`);
  return { resource: readResource(fields.any("resource") ?? null, secrets, at, `pending ${String(index)} `), type, ...given({ extra: fields.rest() }) };
}

function readSnapshot(latest: JsonObject, secrets: StateSecrets, at: string): Snapshot {
  const fields = new JsonFields(latest, at, "checkpoint.latest");
  const manifest = new JsonFields(fields.object("manifest") ?? {}, at, "manifest");
  const provider = fields.object("secrets_providers");
  const providers = provider === undefined ? undefined : new JsonFields(provider, at, "secrets_providers");
  return {
    manifest: {
      time: manifest.text("time") ?? "",
      magic: manifest.text("magic") ?? "",
      version: manifest.text("version") ?? "",
      ...given({ extra: manifest.rest() }),
    },
    ...given({
      secretsProviders:
        providers === undefined ? undefined : { type: providers.text("type") ?? "", state: providers.object("state") ?? {}, ...given({ extra: providers.rest() }) },
    }),
    resources: (fields.list("resources") ?? []).map((json) => readResource(json, secrets, at)),
    pendingOperations: (fields.list("pending_operations") ?? []).map((json, index) => readOperation(json, secrets, at, index)),
    metadata: fields.object("metadata") ?? {},
    ...given({ extra: fields.rest() }),
  };
}

/** Pieces of JSON text, to be joined once: a state is long. */
type Pieces = readonly string[];

/** The pieces of an object from those of its values, by key; undefined ones are left out. */
function objectPieces(values: { readonly [key: string]: Pieces | undefined }): Pieces {
  const given = Object.entries(values).flatMap(([key, pieces]) => (pieces === undefined ? [] : [{ key, pieces }]));
  return ["{", ...given.flatMap(({ key, pieces }, index) => [`${index === 0 ? "" : ","}${JSON.stringify(key)}:`, ...pieces]), "}"];
}

/** The pieces of a list from the texts of its values; undefined for none. */
const listPieces = (texts: readonly string[]): Pieces | undefined => (texts.length === 0 ? undefined : ["[", ...texts.map((text, index) => (index === 0 ? text : `,${text}`)), "]"]);

const piecesOf = (object: { readonly [key: string]: Json | undefined } = {}): { readonly [key: string]: Pieces } =>
  Object.fromEntries(Object.entries(object).flatMap(([key, value]) => (value === undefined ? [] : [[key, [JSON.stringify(value)]]])));

/** The JSON text of what does not change, made once. */
function rememberedText<T extends object>(write: (value: T) => { readonly [key: string]: Json | Writing | undefined }): (value: T) => string {
  const texts = new WeakMap<T, string>();
  return (value) => {
    const text = texts.get(value) ?? JSON.stringify(write(value));
    texts.set(value, text);
    return text;
  };
}

/** Opens the secrets of a checkpoint. Throws `Issues` when they cannot be opened or a field has the wrong type. */
export function openCheckpoint(checkpoint: Checkpoint, crypters: Crypters): OpenedCheckpoint {
  const { stack, latest, outer, inner, at } = checkpoint;
  const secrets = stateSecrets(crypters, at);
  // States are never changed in place: what was written once is text for good, and a write costs only what is new.
  const resourceText = rememberedText((state: ResourceState) => writeResource(state, secrets));
  let operations = 0;
  const operationText = rememberedText(({ resource, type, extra }: PendingOperation) => ({ resource: writeResource(resource, secrets, `pending ${String(operations++)} `), type, ...extra }));
  const write = (snapshot: Snapshot): string => {
    const { manifest, resources, pendingOperations, extra } = snapshot;
    const providers = crypters.seal === undefined ? snapshot.secretsProviders : { ...snapshot.secretsProviders, type: "passphrase", state: { salt: crypters.seal.salt } };
    const pieces = objectPieces({
      ...piecesOf({ version: VERSION, ...outer }),
      checkpoint: objectPieces({
        ...piecesOf({ stack, ...inner }),
        latest: objectPieces({
          ...piecesOf({
            manifest: { time: manifest.time, magic: manifest.magic, version: manifest.version, ...manifest.extra },
            secrets_providers: providers === undefined ? undefined : { type: providers.type, state: providers.state, ...providers.extra },
          }),
          resources: listPieces(resources.map(resourceText)),
          pending_operations: listPieces(pendingOperations.map(operationText)),
          ...piecesOf({ metadata: snapshot.metadata, ...extra }),
        }),
      }),
    });
    return pieces.join("");
  };
  return { snapshot: latest === undefined ? undefined : readSnapshot(latest, secrets, at), write };
}

/** A manifest for what is written now by the engine `version`; empty for none, as Pulumi's own file backend does. */
export const manifestOf = (version: string): Snapshot["manifest"] => ({ time: new Date().toISOString(), magic: magicOf(version), version });
