import { canonical, isList, isObject, isSecret } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { DiffKind, DiffResponse } from "#provider/contract.ts";
import { memberPath } from "#provider/property-path.ts";

type Kind = Extract<DiffKind, "add" | "delete" | "update">;

/** What differs, by property path down to the leaves. What is a secret differs from what is none, whatever it holds. */
function leaves(old: Json | undefined, value: Json | undefined, path: string): readonly (readonly [string, Kind])[] {
  if (old === undefined) return value === undefined ? [] : [[path, "add"]];
  if (value === undefined) return [[path, "delete"]];
  if (canonical(old) === canonical(value)) return [];
  if (isSecret(old) || isSecret(value)) return isSecret(old) && isSecret(value) ? leaves(old.value, value.value, path) : [[path, "update"]];
  if (isList(old) && isList(value)) return [...Array(Math.max(old.length, value.length)).keys()].flatMap((index) => leaves(old[index], value[index], memberPath(path, index)));
  if (isObject(old) && isObject(value)) return [...new Set([...Object.keys(old), ...Object.keys(value)])].flatMap((key) => leaves(old[key], value[key], memberPath(path, key)));
  return [[path, "update"]];
}

/** What a change of inputs means for a resource that can be updated, or cannot. */
export function differencesOf(olds: JsonObject, news: JsonObject, updatable: boolean): DiffResponse {
  const found = leaves(olds, news, "");
  // Triggers that come or go as a whole; the SDK asks for the same where one of them changes.
  const isReplacing = (path: string): boolean => !updatable || path === "triggers";
  const detailedDiff = Object.fromEntries(found.map(([path, kind]) => [path, { kind: isReplacing(path) ? (`${kind}-replace` as const) : kind, inputDiff: true }]));
  const keys = (paths: readonly string[]): readonly string[] => [...new Set(paths.map((path) => /^[^.[]+/.exec(path)?.[0] ?? path))];
  const paths = found.map(([path]) => path);
  return { changes: found.length === 0 ? "none" : "some", detailedDiff, diffs: keys(paths), replaces: keys(paths.filter(isReplacing)), deleteBeforeReplace: false };
}
