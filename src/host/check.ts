import { Ajv } from "ajv";
import type { ErrorObject, ValidateFunction } from "ajv";
import { kindNamed } from "#host/kinds.ts";
import { itemText, order } from "#host/order.ts";
import type { Declared } from "#host/order.ts";
import type { Issue } from "#model/issue.ts";
import type { Item } from "#model/kind.ts";
import type { Props } from "#model/schema.ts";
import { hasUnknown, UNKNOWN } from "#model/value.ts";
import type { Json } from "#model/value.ts";

const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: true });
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
  const params: Readonly<Record<string, unknown>> = error.params;
  if (error.keyword === "additionalProperties") {
    const extra = String(params["additionalProperty"]);
    const names = Object.keys(props.schemas);
    return { code: "key.unknown", at, path: path === "" ? extra : `${path}.${extra}`, message: `there is no key ${extra}`, fix: path === "" ? `one of ${names.join(", ")}` : "remove it" };
  }
  if (error.keyword === "required")
    return { code: "key.missing", at, path, message: `${String(params["missingProperty"])} is missing`, fix: "add it" };
  const found = valueAt(value, error.instancePath);
  const shown = schema?.secret === true ? "the value" : JSON.stringify(found);
  return { code: "value.invalid", at, path, message: `${shown} ${error.message ?? "is not allowed"}`, fix: schema?.fix ?? "" };
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

/** The property path of an item in a layer's inputs. */
export const itemPath = (item: Item): string => `items.${/^[a-z]+$/.test(item.kind) ? item.kind : `["${item.kind}"]`}[${JSON.stringify(item.name)}]`.replace(".[", "[");

/** All mistakes of a layer's items: unknown kinds, wrong props, two items for one subject, cycles. */
export async function checkItems(items: readonly Item[], at: string): Promise<readonly Issue[]> {
  const issues: Issue[] = [];
  const declared: Declared[] = [];
  for (const item of items) {
    const kind = await kindNamed(item.kind);
    const path = itemPath(item);
    if (!kind) {
      issues.push({ code: "kind.unknown", at, path, message: `there is no kind ${item.kind}`, fix: "see docs/reference/kinds" });
      continue;
    }
    const found = checkProps(kind.props, item.want as Json, at);
    issues.push(...found.map((issue) => ({ ...issue, path: issue.path === "" ? path : `${path}.${issue.path}` })));
    if (found.length > 0 || hasUnknown(item.want as Json)) continue;
    const more = kind.check?.(item.want) ?? [];
    issues.push(...more.map((issue) => ({ code: "item.invalid", at, ...issue, path: `${path}.${issue.path}` })));
    if (more.length === 0) declared.push({ item, kind });
  }
  return [...issues, ...conflicts(declared, at), ...cycles(declared, at)];
}

/** Two items of one layer that decide on the same thing. */
function conflicts(declared: readonly Declared[], at: string): readonly Issue[] {
  const owners = new Map<string, Item>();
  return declared.flatMap(({ item, kind }) =>
    kind.owns(item.want).flatMap((subject) => {
      const other = owners.get(subject);
      owners.set(subject, item);
      return other === undefined || other === item
        ? []
        : [{ code: "item.conflict", at, path: itemPath(item), message: `${itemText(item)} and ${itemText(other)} both decide on ${subject}`, fix: "keep one of them" }];
    }),
  );
}

/** Items that wait for one another. */
function cycles(declared: readonly Declared[], at: string): readonly Issue[] {
  const { cycle } = order(declared);
  const first = cycle[0];
  if (first === undefined) return [];
  return [{ code: "item.cycle", at, path: itemPath(first), message: `these items wait for one another: ${[...cycle, first].map(itemText).join(" → ")}`, fix: "remove one of the needs" }];
}
