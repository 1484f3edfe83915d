/** Plain data, as JSON has it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** Marks a special value on Pulumi's wire and in its checkpoints (pulumi sdk/go/common/resource/sig). */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
/** The signature of a secret: `{[SIGNATURE]: SECRET, value}` on the wire, `ciphertext` in place of `value` in a checkpoint. */
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
/** The signature of an asset: a file or a text (pulumi sdk/go/common/resource/asset). */
export const ASSET = "c44067f5952c0a294b673a41bacd8c17";
/** The signature of an archive: a directory, an archive file, or assets by name (pulumi sdk/go/common/resource/archive). */
export const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
/** Stands for a value that is not known yet (pulumi sdk/nodejs runtime/rpc.ts, unknownValue). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A secret on the wire. */
export type Secret = { readonly [SIGNATURE]: typeof SECRET; readonly value: Json };

/** True for a JSON object (not null, not a list). */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** True for a list. */
export const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** Wraps a value as a secret. */
export const secret = (value: Json): Secret => ({ [SIGNATURE]: SECRET, value });

/** True for a wrapped secret. */
export const isSecret = (value: unknown): value is Secret => isObject(value) && value[SIGNATURE] === SECRET;

/** True when `value` is or holds an unknown. */
export function hasUnknown(value: Json): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

/** True when `value` is or holds a secret. */
export function hasSecret(value: Json): boolean {
  if (isSecret(value)) return true;
  if (Array.isArray(value)) return value.some(hasSecret);
  return isObject(value) && Object.values(value).some(hasSecret);
}

/** The value with every secret opened. */
export function reveal(value: Json): Json {
  if (isSecret(value)) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
}

/**
 * `value` with secrets where `pattern` has them, so that what was read from a machine is as secret as what was declared.
 * A secret that holds more than a leaf makes its whole counterpart secret.
 */
export function resecret(value: Json, pattern: Json): Json {
  if (isSecret(pattern)) return isSecret(value) ? value : secret(value);
  if (isSecret(value)) return value;
  if (isList(value) && isList(pattern))
    return value.map((inner, index) => {
      const match = pattern[index];
      return match === undefined ? inner : resecret(inner, match);
    });
  if (!isObject(value) || !isObject(pattern)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const match = pattern[key];
      return [key, match === undefined ? inner : resecret(inner, match)];
    }),
  );
}

/** True when two values differ in what they hold: whether it is secret does not count, and null is as good as nothing. */
export const differs = (a: Json | undefined, b: Json | undefined): boolean => canonical(reveal(a ?? null)) !== canonical(reveal(b ?? null));

/** Keys of two objects whose values differ. */
export const differingKeys = (a: JsonObject, b: JsonObject): readonly string[] => Object.keys({ ...a, ...b }).filter((key) => differs(a[key], b[key]));

/** JSON with keys in order, for digests and comparison. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(",")}}`;
}
