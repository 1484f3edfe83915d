import { Ajv } from "ajv";
import type { ErrorObject, ValidateFunction } from "ajv";
import type { Issue } from "#model/issue.ts";
import type { Props } from "#model/schema.ts";
import { hasUnknown, UNKNOWN } from "#model/value.ts";
import type { Json } from "#model/value.ts";

// The schemas are ours: checking them against their meta-schema, and polishing what is compiled from them, costs more than all use of them.
const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: true, verbose: true, meta: false, validateSchema: false, code: { optimize: false } });
const validators = new WeakMap<object, ValidateFunction>();

/** An issue about a part of a value. */
export interface PropIssue extends Issue {
  /** `path`, key by key: keys may hold dots. */
  readonly keys: readonly string[];
}

/** Checks a value against props; every mistake is an issue, its path relative to the value. */
export function checkProps(props: Props<object>, value: Json, at: string): readonly PropIssue[] {
  const validate = validators.get(props) ?? ajv.compile(props.json);
  validators.set(props, validate);
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  const branches = new Set(errors.filter((error) => error.keyword === "anyOf").map((error) => error.instancePath));
  return errors
    .filter((error) => (error.keyword === "anyOf" || !branches.has(error.instancePath)) && !isOpen(error, value))
    .map((error) => issueOf(error, value, at, props));
}

/** What is not known yet may turn out right: the value itself, or what decides between alternatives. */
function isOpen({ keyword, instancePath }: ErrorObject, value: Json): boolean {
  const found = valueAt(value, instancePath);
  return found === UNKNOWN || (keyword === "anyOf" && found !== undefined && hasUnknown(found));
}

/** One validation error as a person would say it. */
function issueOf(error: ErrorObject, value: Json, at: string, props: Props<object>): PropIssue {
  const keys = pointerKeys(error.instancePath);
  const fix = fixOf(error);
  const params: Readonly<Record<string, unknown>> = error.params;
  const issue = (code: string, where: readonly string[], message: string, mend: string): PropIssue => ({ code, at, path: where.join("."), keys: where, message, fix: mend });
  if (error.keyword === "additionalProperties") {
    const extra = String(params["additionalProperty"]);
    const names = Object.keys(props.schemas).join(", ");
    return issue("key.unknown", [...keys, extra], `there is no key ${extra}`, keys.length === 0 ? `one of ${names}` : (fix ?? "remove it"));
  }
  if (error.keyword === "required") return issue("key.missing", keys, `${String(params["missingProperty"])} is missing`, "add it");
  // The whole may hold what is secret in it.
  const shown = keys.length === 0 || props.schemas[keys[0] ?? ""]?.secret === true ? "the value" : JSON.stringify(valueAt(value, error.instancePath));
  const message = (error.keyword === "pattern" || error.keyword === "anyOf") && fix !== undefined ? "is not allowed here" : (error.message ?? "is not allowed");
  return issue("value.invalid", keys, `${shown} ${message}`, fix ?? "");
}

/** The keys of a JSON pointer (RFC 6901). */
const pointerKeys = (pointer: string): readonly string[] => pointer.split("/").slice(1).map((raw) => raw.replaceAll("~1", "/").replaceAll("~0", "~"));

/** What the schema that refused says a value should look like. */
function fixOf({ parentSchema }: ErrorObject): string | undefined {
  const fix: unknown = parentSchema?.["x-fix"];
  return typeof fix === "string" ? fix : undefined;
}

/** The part of a value that a JSON pointer names. */
function valueAt(value: Json, pointer: string): Json | undefined {
  let at: unknown = value;
  for (const key of pointerKeys(pointer)) {
    at = typeof at === "object" && at !== null ? (at as Readonly<Record<string, unknown>>)[key] : undefined;
  }
  return at as Json | undefined;
}
