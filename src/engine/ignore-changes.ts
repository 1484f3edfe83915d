import { Issues } from "#model/issue.ts";
import { isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { parsePath } from "#provider/property-path.ts";
import type { PropertyPath } from "#provider/property-path.ts";

const child = (value: Json | undefined, key: string | number): Json | undefined => {
  if (Array.isArray(value)) return typeof key === "number" ? (value as readonly Json[])[key] : undefined;
  return isObject(value) ? value[String(key)] : undefined;
};

/** The value with `old`'s at the path; where `old` has none, there is none. */
function keepOld(value: Json | undefined, old: Json | undefined, path: PropertyPath): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return old;
  if (key === "*") {
    const keysOf = (one: Json | undefined): readonly (string | number)[] => (Array.isArray(one) ? [...one.keys()] : isObject(one) ? Object.keys(one) : []);
    const keys = new Set([...keysOf(value), ...keysOf(old)]);
    return [...keys].reduce<Json | undefined>((kept, each) => keepOld(kept, old, [each, ...rest]), value);
  }
  const kept = keepOld(child(value, key), child(old, key), rest);
  if (Array.isArray(value) && typeof key === "number") {
    const list: readonly Json[] = value;
    // An index that only one side has cannot be kept without moving its neighbours.
    return kept === undefined || key >= list.length ? list : list.with(key, kept);
  }
  if (!isObject(value)) return value ?? (kept === undefined ? undefined : { [String(key)]: kept });
  const { [String(key)]: _, ...others } = value;
  return kept === undefined ? others : { ...others, [String(key)]: kept };
}

/**
 * New inputs with the old values at the paths that `ignoreChanges` names (pulumi pkg/resource/deploy, processIgnoreChanges).
 * Throws `Issues` for a path that cannot be read.
 */
export function withIgnoredChanges(news: JsonObject, olds: JsonObject, paths: readonly string[], at: string): JsonObject {
  return paths.reduce<JsonObject>((inputs, text) => {
    const path = parsePath(text);
    if (path === undefined || path.length === 0)
      throw new Issues([{ code: "path.invalid", at, path: "ignoreChanges", message: `${JSON.stringify(text)} is not a property path`, fix: 'write it like spec.list[0] or tags["a.b"]' }]);
    const kept = keepOld(inputs, olds, path);
    return isObject(kept) ? kept : inputs;
  }, news);
}
