import { isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { CustomTimeouts, ResourceState } from "#engine/snapshot.ts";
import { given, JsonFields } from "#engine/json-fields.ts";
import type { StateSecrets } from "#engine/state-secrets.ts";

/** A JSON object on its way to the file: keys in writing order, undefined ones are left out. */
export type Writing = { readonly [key: string]: Json | undefined };

const timeouts = (json: JsonObject | undefined, at: string, path: string): CustomTimeouts | undefined => {
  if (json === undefined) return undefined;
  const fields = new JsonFields(json, at, path);
  return { ...given({ create: fields.number("create"), update: fields.number("update"), delete: fields.number("delete") }), ...fields.rest() };
};

function propertyDependencies(json: JsonObject, at: string, path: string): { [property: string]: readonly string[] } {
  const fields = new JsonFields(json, at, path);
  return Object.fromEntries(Object.keys(json).map((key) => [key, fields.texts(key) ?? []]));
}

/** Where a resource's values are: unique in its file, also when an old one of the same URN waits for deletion. */
const placeOf = (state: Pick<ResourceState, "urn" | "id" | "delete">, where: string): string =>
  `${where}${state.urn}${state.delete === true ? `(deleted ${state.id ?? ""})` : ""}`;

const wrapped = (value: Json): JsonObject => ({ value });
const unwrapped = (value: JsonObject): Json => value["value"] ?? null;

/**
 * One resource of a checkpoint.
 *
 * @param where - sets it apart from the same resource elsewhere in the file
 */
export function readResource(json: Json, secrets: StateSecrets, at: string, where = ""): ResourceState {
  const urn = isObject(json) && typeof json["urn"] === "string" ? json["urn"] : "";
  const fields = new JsonFields(json, at, urn === "" ? "resources" : urn);
  const key = { urn: fields.required("urn"), ...given({ id: fields.text("id"), delete: fields.flag("delete") }) };
  const place = placeOf(key, where);
  const trigger = fields.any("replacementTrigger");
  const state: ResourceState = {
    ...key,
    custom: fields.flag("custom") ?? false,
    type: fields.required("type"),
    inputs: secrets.open(fields.object("inputs") ?? {}, `${place}.inputs`),
    outputs: secrets.open(fields.object("outputs") ?? {}, `${place}.outputs`),
    dependencies: fields.texts("dependencies") ?? [],
    propertyDependencies: propertyDependencies(fields.object("propertyDependencies") ?? {}, at, `${urn}.propertyDependencies`),
    ...given({
      parent: fields.text("parent"),
      protect: fields.flag("protect"),
      external: fields.flag("external"),
      initErrors: fields.texts("initErrors"),
      provider: fields.text("provider"),
      pendingReplacement: fields.flag("pendingReplacement"),
      additionalSecretOutputs: fields.texts("additionalSecretOutputs"),
      aliases: fields.texts("aliases"),
      customTimeouts: timeouts(fields.object("customTimeouts"), at, `${urn}.customTimeouts`),
      importId: fields.text("importID"),
      retainOnDelete: fields.flag("retainOnDelete"),
      deletedWith: fields.text("deletedWith"),
      created: fields.text("created"),
      modified: fields.text("modified"),
      sourcePosition: fields.text("sourcePosition"),
      stackTrace: fields.objects("stackTrace"),
      ignoreChanges: fields.texts("ignoreChanges"),
      hideDiff: fields.texts("hideDiff"),
      replaceOnChanges: fields.texts("replaceOnChanges"),
      replacementTrigger: trigger === undefined ? undefined : unwrapped(secrets.open(wrapped(trigger), `${place}.replacementTrigger`)),
    }),
  };
  const extra = fields.rest();
  return extra === undefined ? state : { ...state, extra };
}

const full = <T extends Json>(value: T | undefined): T | undefined =>
  value === "" || value === false || (typeof value === "object" && value !== null && Object.keys(value).length === 0) ? undefined : value;

const sortedDependencies = (all: ResourceState["propertyDependencies"]): JsonObject =>
  Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The JSON of one resource, fields in the order of Go's struct, empty ones left out. */
export function writeResource(state: ResourceState, secrets: StateSecrets, where = ""): Writing {
  const place = placeOf(state, where);
  const trigger = state.replacementTrigger;
  return {
    urn: state.urn,
    custom: state.custom,
    delete: full(state.delete),
    id: full(state.id),
    type: state.type,
    inputs: full(secrets.seal(state.inputs, `${place}.inputs`)),
    outputs: full(secrets.seal(state.outputs, `${place}.outputs`)),
    parent: full(state.parent),
    protect: full(state.protect),
    external: full(state.external),
    dependencies: full(state.dependencies),
    initErrors: full(state.initErrors),
    provider: full(state.provider),
    propertyDependencies: full(sortedDependencies(state.propertyDependencies)),
    pendingReplacement: full(state.pendingReplacement),
    additionalSecretOutputs: full(state.additionalSecretOutputs),
    aliases: full(state.aliases),
    customTimeouts: full(state.customTimeouts === undefined ? undefined : { ...state.customTimeouts }),
    importID: full(state.importId),
    retainOnDelete: full(state.retainOnDelete),
    deletedWith: full(state.deletedWith),
    created: full(state.created),
    modified: full(state.modified),
    sourcePosition: full(state.sourcePosition),
    stackTrace: full(state.stackTrace),
    ignoreChanges: full(state.ignoreChanges),
    hideDiff: full(state.hideDiff),
    replaceOnChanges: full(state.replaceOnChanges),
    replacementTrigger: trigger === undefined ? undefined : unwrapped(secrets.seal(wrapped(trigger), `${place}.replacementTrigger`)),
    ...state.extra,
  };
}

