import { canonical, isList, isObject, reveal } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { DiffKind, DiffResponse } from "#provider/contract.ts";
import { memberPath } from "#provider/property-path.ts";

type Kind = Extract<DiffKind, "add" | "delete" | "update">;

/** What differs, by property path down to the leaves. Secrets are compared by what they hold. */
function leaves(old: Json | undefined, value: Json | undefined, path: string): readonly (readonly [string, Kind])[] {
  if (old === undefined) return value === undefined ? [] : [[path, "add"]];
  if (value === undefined) return [[path, "delete"]];
  if (canonical(old) === canonical(value)) return [];
  if (isList(old) && isList(value)) return [...Array(Math.max(old.length, value.length)).keys()].flatMap((index) => leaves(old[index], value[index], memberPath(path, index)));
  if (isObject(old) && isObject(value)) return [...new Set([...Object.keys(old), ...Object.keys(value)])].flatMap((key) => leaves(old[key], value[key], memberPath(path, key)));
  return [[path, "update"]];
}

/** What a change of inputs means for a resource that can be updated, or cannot. */
export function differencesOf(olds: JsonObject, news: JsonObject, updatable: boolean): DiffResponse {
  const found = leaves(reveal(olds), reveal(news), "");
  const detailedDiff = Object.fromEntries(found.map(([path, kind]) => [path, { kind: updatable ? kind : (`${kind}-replace` as const), inputDiff: true }]));
  const diffs = [...new Set(found.map(([path]) => /^[^.[]+/.exec(path)?.[0] ?? path))];
  return { changes: found.length === 0 ? "none" : "some", detailedDiff, diffs, replaces: updatable ? [] : diffs, deleteBeforeReplace: false };
}
