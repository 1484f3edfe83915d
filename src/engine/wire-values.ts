import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ARCHIVE, ASSET, hasUnknown, isObject, isSecret, secret, SIGNATURE, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { archiveHash, UnreadableArchive } from "#provider/archive.ts";
import { notYet } from "#engine/unsupported.ts";

/** The signature of a reference to a resource (pulumi sdk/go/common/resource/properties.go). */
export const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
/** What there is of an asset or archive, its hash apart; the SDK sends marks of its own classes along. */
const CONTENT: ReadonlySet<string> = new Set([SIGNATURE, "text", "path", "uri", "assets"]);
/** What the SDK puts into resources that are stack outputs, at preview only. */
const PREVIEW_MARK = "@isPulumiResource";

const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

/** The hash of an asset or archive, which the engine has to fill in. */
async function hashOf(asset: JsonObject, at: string, directory: string): Promise<string> {
  const { hash, text, path } = asset;
  if (typeof hash === "string" && hash !== "") return hash;
  if (asset[SIGNATURE] === ARCHIVE)
    return archiveHash(asset, directory).catch((error: unknown) => {
      throw error instanceof UnreadableArchive ? notYet(at, error.message) : error;
    });
  if (typeof text === "string") return sha256(text);
  if (typeof path === "string") return sha256(await readFile(resolve(directory, path)));
  throw notYet(at, "assets that are fetched from a URL");
}

/**
 * Values of a program as the state has them: output values become what they hold, resource references, assets and archives
 * are completed. Secrets and unknowns stay. Throws `Issues` for what has to be fetched from a URL.
 *
 * @param at - the resource, for messages
 * @param directory - where relative paths of assets start
 */
export async function fromProgram(value: JsonObject, at: string, directory: string): Promise<JsonObject> {
  const waiting: Promise<void>[] = [];
  const special = (object: JsonObject): Json | undefined => {
    const signature = object[SIGNATURE];
    if (signature === RESOURCE) return { packageVersion: "", ...object };
    if (signature !== OUTPUT) return undefined;
    const held = object["value"] === undefined ? UNKNOWN : walk(object["value"]);
    return object["secret"] === true ? secret(held) : held;
  };
  const walk = (inner: Json): Json => {
    if (Array.isArray(inner)) return inner.map(walk);
    if (!isObject(inner)) return inner;
    if (SIGNATURE in inner) {
      const made = special(inner);
      if (made !== undefined) return made;
    }
    const hasHash = inner[SIGNATURE] === ASSET || inner[SIGNATURE] === ARCHIVE;
    const result: { [key: string]: Json } = {};
    for (const [key, deeper] of Object.entries(inner)) if (!hasHash || CONTENT.has(key)) result[key] = walk(deeper);
    if (hasHash) waiting.push(hashOf(inner, at, directory).then((hash) => { result["hash"] = hash; }));
    return result;
  };
  const result: { [key: string]: Json } = {};
  for (const [key, inner] of Object.entries(value)) result[key] = walk(inner);
  await Promise.all(waiting);
  return result;
}

/** The values without what is not known: in its place is what was there before, where something was. */
export function knownOf(value: JsonObject, before: JsonObject): JsonObject {
  const walk = (inner: Json, old: Json | undefined): Json | undefined =>
    !hasUnknown(inner) ? inner : isObject(inner) && !isSecret(inner) ? knownOf(inner, isObject(old) ? old : {}) : old;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const known = walk(inner, before[key]);
      return known === undefined ? [] : [[key, known] as const];
    }),
  );
}

/** Stack outputs of a preview as they would be of a real run. */
export function withoutPreviewMarks(value: JsonObject): JsonObject {
  const walk = (inner: Json): Json => (Array.isArray(inner) ? inner.map(walk) : isObject(inner) ? withoutPreviewMarks(inner) : inner);
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (key === PREVIEW_MARK ? [] : [[key, walk(inner)]])));
}
