import { Ajv } from "ajv";
import type { ErrorObject, ValidateFunction } from "ajv";
import type { Issue } from "#model/issue.ts";
import type { Props } from "#model/schema.ts";
import { UNKNOWN } from "#model/value.ts";
import type { Json } from "#model/value.ts";

const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: true, verbose: true });
const validators = new WeakMap<object, ValidateFunction>();

/** Checks a value against props; every mistake is an issue, its path relative to the value. */
export function checkProps(props: Props<object>, value: Json, at: string): readonly Issue[] {
  const validate = validators.get(props) ?? ajv.compile(props.json);
  validators.set(props, validate);
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  const branches = new Set(errors.filter((error) => error.keyword === "anyOf").map((error) => error.instancePath));
  return errors
    .filter((error) => (error.keyword === "anyOf" || !branches.has(error.instancePath)) && valueAt(value, error.instancePath) !== UNKNOWN)
    .map((error) => issueOf(error, value, at, props));
}

/** One validation error as a person would say it. */
function issueOf(error: ErrorObject, value: Json, at: string, props: Props<object>): Issue {
  const path = error.instancePath.slice(1).replaceAll("/", ".");
  const key = path.split(".")[0] ?? "";
  const schema = props.schemas[key];
  const fix = fixOf(error);
  const params: Readonly<Record<string, unknown>> = error.params;
  if (error.keyword === "additionalProperties") {
    const extra = String(params["additionalProperty"]);
    const names = Object.keys(props.schemas);
    return { code: "key.unknown", at, path: path === "" ? extra : `${path}.${extra}`, message: `there is no key ${extra}`, fix: path === "" ? `one of ${names.join(", ")}` : (fix ?? "remove it") };
  }
  if (error.keyword === "required")
    return { code: "key.missing", at, path, message: `${String(params["missingProperty"])} is missing`, fix: "add it" };
  const found = valueAt(value, error.instancePath);
  const shown = schema?.secret === true ? "the value" : JSON.stringify(found);
  const message = error.keyword === "pattern" && fix !== undefined ? "is not allowed here" : (error.message ?? "is not allowed");
  return { code: "value.invalid", at, path, message: `${shown} ${message}`, fix: fix ?? "" };
}

/** What the schema that refused says a value should look like. */
function fixOf({ parentSchema }: ErrorObject): string | undefined {
  const fix: unknown = parentSchema?.["x-fix"];
  return typeof fix === "string" ? fix : undefined;
}

/** The part of a value that a JSON pointer names. */
function valueAt(value: Json, pointer: string): Json | undefined {
  let at: unknown = value;
  for (const raw of pointer.split("/").slice(1)) {
    const key = raw.replaceAll("~1", "/").replaceAll("~0", "~");
    at = typeof at === "object" && at !== null ? (at as Readonly<Record<string, unknown>>)[key] : undefined;
  }
  return at as Json | undefined;
}
