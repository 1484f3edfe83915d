import { ASSET, isObject, SIGNATURE, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { RESOURCE } from "#engine/wire-values.ts";

/**
 * Values as a pack's SDK understands them: secrets and unknowns marked, a reference to a resource as its id or URN, an asset without its
 * hash, nothing that the engine keeps for itself (pulumi pkg/resource/plugin/analyzer_plugin.go, MarshalProperties).
 */
export function forPack(value: JsonObject): JsonObject {
  const walk = (inner: Json): Json => {
    if (Array.isArray(inner)) return inner.map(walk);
    if (!isObject(inner)) return inner;
    if (inner[SIGNATURE] === RESOURCE) return inner["id"] === undefined ? (inner["urn"] ?? "") : inner["id"] === "" ? UNKNOWN : inner["id"];
    if (inner[SIGNATURE] === ASSET) return Object.fromEntries(Object.entries(inner).filter(([key]) => key !== "hash"));
    return forPack(inner);
  };
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (isInternal(key) ? [] : [[key, walk(inner)] as const])));
}

/** True for a key that the engine keeps for itself. */
export const isInternal = (key: string): boolean => key.startsWith("__");
