import { Issues } from "#model/issue.ts";
import { canonical, isObject, SECRET, secret, SIGNATURE } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { parseJson } from "#engine/json-fields.ts";
import type { Crypter } from "#engine/passphrase.ts";

/** What was decrypted at one place of a checkpoint. */
interface Opened {
  readonly ciphertext: string;
  /** The plaintext as `canonical` JSON. */
  readonly plaintext: string;
}

/** Encrypts and decrypts the values of one checkpoint, and keeps a ciphertext as long as what it hides does not change. */
export interface StateSecrets {
  /** From the file to the wire form. `place` is unique for the value in its file. */
  readonly open: (value: JsonObject, place: string) => JsonObject;
  /** From the wire form to the file, keys in order. */
  readonly seal: (value: JsonObject, place: string) => JsonObject;
}

/** A number that JSON has no word for (pulumi pkg/resource/stack/deployment.go, floatSignature). */
const FLOAT = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c";

function sealNumber(value: number): Json {
  if (Number.isFinite(value)) return value;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  return { [SIGNATURE]: FLOAT, value: bits.getBigUint64(0).toString(16).padStart(16, "0") };
}

/** Undefined for what is no such number. */
function openNumber(value: JsonObject): number | undefined {
  const hex = value["value"];
  if (value[SIGNATURE] !== FLOAT || typeof hex !== "string" || !/^[0-9a-f]{1,16}$/.test(hex)) return undefined;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setBigUint64(0, BigInt(`0x${hex}`));
  return bits.getFloat64(0);
}

const isSealed = (value: JsonObject): boolean => value[SIGNATURE] === SECRET;

/** JSON text to a value; secrets inside a secret are JSON text in clear, under `ciphertext` all the same. */
function parseHidden(text: string): Json {
  const openNested = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(openNested);
    if (!isObject(value)) return value;
    const number = openNumber(value);
    if (number !== undefined) return number;
    const nested = value["ciphertext"];
    if (isSealed(value) && typeof nested === "string") return secret(parseHidden(nested));
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, openNested(inner)]));
  };
  return openNested(parseJson(text));
}

/** The inverse of `parseHidden`. */
function hiddenText(value: Json): string {
  const sealNested = (inner: Json): Json => {
    if (Array.isArray(inner)) return inner.map(sealNested);
    if (!isObject(inner)) return typeof inner === "number" ? sealNumber(inner) : inner;
    if (isSealed(inner)) return { [SIGNATURE]: SECRET, ciphertext: hiddenText(inner["value"] ?? null) };
    return Object.fromEntries(Object.entries(inner).map(([key, deeper]) => [key, sealNested(deeper)]));
  };
  return canonical(sealNested(value));
}

/** Whose keys a checkpoint's secrets have. Undefined where there is no passphrase: then a value with a secret is refused. */
export interface Crypters {
  /** For what is in the file. */
  readonly open?: Crypter | undefined;
  /** For what will be written. */
  readonly seal?: Crypter | undefined;
}

/** @param at - what messages name as the place */
export function stateSecrets(crypters: Crypters, at: string): StateSecrets {
  const known = new Map<string, Opened>();
  // Under another salt the old ciphertexts mean nothing.
  const sameKey = crypters.open?.salt === crypters.seal?.salt;
  const needed = (crypter: Crypter | undefined): Crypter => {
    if (crypter !== undefined) return crypter;
    throw new Issues([
      { code: "passphrase.missing", at, path: "", message: "the stack has secrets, and there is no passphrase", fix: "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE" },
    ]);
  };
  const openSecret = (value: JsonObject, place: string): Json => {
    // `pulumi stack export --show-secrets` writes plaintext.
    if (typeof value["plaintext"] === "string") return secret(parseHidden(value["plaintext"]));
    const ciphertext = value["ciphertext"];
    if (typeof ciphertext !== "string")
      throw new Issues([{ code: "state.invalid", at, path: place, message: "is a secret without a ciphertext", fix: "restore the .bak file beside it" }]);
    const hidden = parseHidden(needed(crypters.open).decrypt(ciphertext));
    if (sameKey) known.set(place, { ciphertext, plaintext: hiddenText(hidden) });
    return secret(hidden);
  };
  const sealSecret = (value: JsonObject, place: string): Json => {
    const plaintext = hiddenText(value["value"] ?? null);
    const before = known.get(place);
    const ciphertext = before?.plaintext === plaintext ? before.ciphertext : needed(crypters.seal).encrypt(plaintext);
    known.set(place, { ciphertext, plaintext });
    return { [SIGNATURE]: SECRET, ciphertext };
  };
  const walk = (value: Json, place: string, onSecret: (value: JsonObject, place: string) => Json): Json => {
    if (Array.isArray(value)) return value.map((inner: Json, index) => walk(inner, `${place}[${String(index)}]`, onSecret));
    if (!isObject(value)) return typeof value === "number" ? sealNumber(value) : value;
    return isSealed(value) ? onSecret(value, place) : (openNumber(value) ?? walkObject(value, place, onSecret));
  };
  // Keys in order, as Go writes maps.
  const walkObject = (value: JsonObject, place: string, onSecret: (value: JsonObject, place: string) => Json): JsonObject =>
    Object.fromEntries(
      Object.keys(value)
        .sort()
        .map((key) => [key, walk(value[key] ?? null, `${place}[${JSON.stringify(key)}]`, onSecret)]),
    );
  return {
    open: (value, place) => walkObject(value, place, openSecret),
    seal: (value, place) => walkObject(value, place, sealSecret),
  };
}
