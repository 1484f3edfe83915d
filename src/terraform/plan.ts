import { secretTexts } from "#model/mask.ts";
import { isObject, secret, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { listOf, objectOf, parsedObject, textOf } from "#terraform/json.ts";

/** What OpenTofu would do to a resource. */
export type TerraformAction = "create" | "update" | "replace" | "delete" | "forget" | "import" | "move";

/** A resource that a plan changes. Values that are sensitive are secrets; what is known after apply is unknown. */
export interface TerraformChange {
  readonly address: string;
  readonly action: TerraformAction;
  /** Attributes as they are; empty where there is nothing. */
  readonly before: JsonObject;
  /** Attributes as they shall be; empty where there shall be nothing. */
  readonly after: JsonObject;
  /** Attributes that have it made anew. */
  readonly replacedFor: readonly string[];
  /** The id by which it is imported, or the address that it had. */
  readonly from?: string;
}

/** An output of a plan. */
export interface PlannedOutput {
  /** A secret, unknown, or holds such. */
  readonly value: Json;
  readonly sensitive: boolean;
  readonly changes: boolean;
}

/** A plan of OpenTofu, as far as it is told. */
export interface TerraformPlan {
  readonly changes: readonly TerraformChange[];
  /** Addresses of the resources that stay as they are. */
  readonly unchanged: readonly string[];
  readonly outputs: { readonly [name: string]: PlannedOutput };
  /** Names of outputs that go. */
  readonly goneOutputs: readonly string[];
  /** Every text that is sensitive. */
  readonly secrets: ReadonlySet<string>;
}

const at = (marks: Json, key: string | number): Json => listOf(marks)[Number(key)] ?? objectOf(marks)[String(key)] ?? false;

/** A value with its parts that are unknown and sensitive marked; both marks have the value's shape, and `true` where they count. */
function marked(value: Json | undefined, unknown: Json, sensitive: Json): Json {
  if (sensitive === true) return secret(unknown === true ? UNKNOWN : (value ?? null));
  if (unknown === true) return UNKNOWN;
  if (Array.isArray(value) || Array.isArray(unknown)) {
    const length = Math.max(listOf(value).length, listOf(unknown).length);
    return Array.from({ length }, (_, index) => marked(listOf(value)[index], at(unknown, index), at(sensitive, index)));
  }
  if (isObject(value) || isObject(unknown)) {
    const keys = [...new Set([...Object.keys(objectOf(value)), ...Object.keys(objectOf(unknown))])].sort();
    return Object.fromEntries(keys.map((key) => [key, marked(objectOf(value)[key], at(unknown, key), at(sensitive, key))]));
  }
  return value ?? null;
}

function actionOf(resource: JsonObject): TerraformAction | undefined {
  const change = objectOf(resource["change"]);
  const actions = listOf(change["actions"]).map((action) => textOf(action));
  if (actions.includes("create") && actions.includes("delete")) return "replace";
  const [only = ""] = actions;
  if (only === "create" || only === "update" || only === "delete") return only;
  if (only === "forget") return "forget";
  if (isObject(change["importing"])) return "import";
  return resource["previous_address"] === undefined ? undefined : "move";
}

function changeOf(resource: JsonObject, action: TerraformAction): TerraformChange {
  const change = objectOf(resource["change"]);
  const importing = textOf(objectOf(change["importing"])["id"]);
  const from = importing === "" ? textOf(resource["previous_address"]) : importing;
  const paths = listOf(change["replace_paths"]).map((path) => textOf(listOf(path)[0]));
  return {
    address: textOf(resource["address"]),
    action,
    before: objectOf(marked(change["before"], false, change["before_sensitive"] ?? false)),
    after: objectOf(marked(change["after"], change["after_unknown"] ?? false, change["after_sensitive"] ?? false)),
    replacedFor: [...new Set(paths.filter((path) => path !== ""))],
    ...(from === "" ? {} : { from }),
  };
}

function outputOf(change: JsonObject): PlannedOutput {
  const { after, after_unknown: unknown = false, after_sensitive: sensitive = false, actions } = change;
  return { value: marked(after, unknown, sensitive), sensitive: sensitive === true, changes: !listOf(actions).includes("no-op") };
}

/** Reads a plan as `tofu show -json` prints it (its format_version 1). Throws for anything else. */
export function parsePlan(text: string): TerraformPlan {
  const plan = parsedObject(text);
  if (plan === undefined || !textOf(plan["format_version"]).startsWith("1.")) throw new Error("what OpenTofu showed is no plan of format 1");
  const resources = listOf(plan["resource_changes"]).map(objectOf).filter(({ mode }) => mode === "managed");
  const changes = resources.flatMap((resource) => {
    const action = actionOf(resource);
    return action === undefined ? [] : [changeOf(resource, action)];
  });
  const planned = Object.entries(objectOf(plan["output_changes"])).map(([name, change]) => [name, objectOf(change)] as const);
  const goes = (change: JsonObject): boolean => listOf(change["actions"]).includes("delete");
  const outputs = Object.fromEntries(planned.filter(([, change]) => !goes(change)).map(([name, change]) => [name, outputOf(change)]));
  const before = planned.map(([, { before: value, before_sensitive: sensitive = false }]) => marked(value, false, sensitive));
  const unmarked = resources.map((resource) => changeOf(resource, "update"));
  return {
    changes,
    unchanged: resources.filter((resource) => actionOf(resource) === undefined).map(({ address }) => textOf(address)),
    outputs,
    goneOutputs: planned.filter(([, change]) => goes(change)).map(([name]) => name),
    secrets: secretTexts([...unmarked.flatMap((one) => [one.before, one.after]), ...before, ...Object.values(outputs).map(({ value }) => value)]),
  };
}
