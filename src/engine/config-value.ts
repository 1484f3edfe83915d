import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Document, Scalar } from "yaml";
import { isObject } from "#model/value.ts";
import type { Json } from "#model/value.ts";
import { parseJson } from "#engine/json-fields.ts";

/**
 * A configuration value as Pulumi's Go reads it from YAML (pulumi sdk/go/common/resource/config/object.go; gopkg.in/yaml.v3
 * resolve.go), which is not always as YAML 1.2 has it: `014` is twelve, `1_000` is a thousand.
 */
export type ConfigValue = ConfigScalar | ConfigSecret | ConfigList | ConfigMap;

/** A value without parts, as YAML has it. */
export interface ConfigScalar {
  readonly is: "scalar";
  /** As a program gets it when this is the whole value. */
  readonly text: string;
  /** As it is inside a list or map. */
  readonly json: string;
}

/** `{secure: <ciphertext>}`. */
export interface ConfigSecret {
  readonly is: "secret";
  readonly ciphertext: string;
}

interface ConfigList {
  readonly is: "list";
  readonly items: readonly ConfigValue[];
}

interface ConfigMap {
  readonly is: "map";
  readonly entries: readonly (readonly [key: string, value: ConfigValue])[];
}

/** A value whose meaning for Go and for YAML differs so much that it must be written otherwise. */
export class AmbiguousValue extends Error {
  override readonly name = "AmbiguousValue";
}

const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}(([Tt]|[ \t]+)\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?([Zz]|[-+]\d{2}:\d{2})?)?$/;
const TRUE = /^(true|True|TRUE)$/;
const FALSE = /^(false|False|FALSE)$/;
const NULL = /^(~|null|Null|NULL)?$/;

const scalar = (json: string): ConfigScalar => ({ is: "scalar", text: json, json });
const textScalar = (text: string): ConfigScalar => ({ is: "scalar", text, json: goJson(text) });

/** JSON as Go's encoding/json writes it. */
const goJson = (value: Json): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** An integer as strconv.ParseInt with base 0 reads it, in the range of int64 or uint64. */
function integer(plain: string): bigint | undefined {
  const [, sign, digits = ""] = INTEGER.exec(plain) ?? [];
  if (sign === undefined) return undefined;
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  const value = BigInt(octal.toLowerCase()) * (sign === "-" ? -1n : 1n);
  return value < INT64_MIN || value > UINT64_MAX ? undefined : value;
}

/** What a plain (unquoted) scalar means. */
function plainScalar(source: string): ConfigScalar {
  if (NULL.test(source)) return scalar("null");
  if (TRUE.test(source)) return scalar("true");
  if (FALSE.test(source)) return scalar("false");
  if (TIMESTAMP.test(source)) throw new AmbiguousValue(`${source} is a date to Pulumi; write it in quotes`);
  if (!/^[-+.0-9]/.test(source)) return textScalar(source);
  const plain = source.replaceAll("_", "");
  const whole = integer(plain);
  if (whole !== undefined) return scalar(whole.toString());
  const float = Number(plain);
  return FLOAT.test(plain) && Number.isFinite(float) ? scalar(JSON.stringify(float)) : textScalar(source);
}

function readScalar(node: Scalar): ConfigScalar {
  const { type, source, tag, value } = node;
  if (type === "PLAIN" && tag === undefined) return plainScalar(source ?? "");
  if (typeof value === "string") return textScalar(value);
  return source === undefined ? scalar(JSON.stringify(value)) : tag === "tag:yaml.org,2002:str" ? textScalar(source) : plainScalar(source);
}

/** The value of a YAML node. Throws `AmbiguousValue`. */
export function readConfigValue(node: unknown, document: Document): ConfigValue {
  if (isAlias(node)) return readConfigValue(node.resolve(document), document);
  if (isScalar(node)) return readScalar(node);
  if (isSeq(node)) return { is: "list", items: node.items.map((item) => readConfigValue(item, document)) };
  if (!isMap(node)) return scalar("null");
  const entries = node.items.map((pair) => [isScalar(pair.key) ? readScalar(pair.key).text : String(pair.key), readConfigValue(pair.value, document)] as const);
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === "secure" && only[1].is === "scalar" && only[1].json.startsWith('"')) return { is: "secret", ciphertext: only[1].text };
  return { is: "map", entries: entries.toSorted(([a], [b]) => (a < b ? -1 : 1)) };
}

/** True when the value is or holds a secret. */
export function holdsSecret(value: ConfigValue): boolean {
  if (value.is === "secret") return true;
  if (value.is === "list") return value.items.some(holdsSecret);
  return value.is === "map" && value.entries.some(([, inner]) => holdsSecret(inner));
}

/** The value as JSON text; what `secret` makes of each secret stands in its place. */
export function configJson(value: ConfigValue, secret: (ciphertext: string) => Json): string {
  if (value.is === "scalar") return value.json;
  if (value.is === "secret") return goJson(secret(value.ciphertext));
  if (value.is === "list") return `[${value.items.map((item) => configJson(item, secret)).join(",")}]`;
  return `{${value.entries.map(([key, inner]) => `${goJson(key)}:${configJson(inner, secret)}`).join(",")}}`;
}

/** What a program gets: text as it is, everything else as JSON. `open` decrypts. */
export function programText(value: ConfigValue, open: (ciphertext: string) => string): string {
  if (value.is === "scalar") return value.text;
  return value.is === "secret" ? open(value.ciphertext) : configJson(value, open);
}

/** What a history record holds: secrets stay closed. */
export const closedValue = (value: ConfigValue): Json =>
  value.is === "scalar" ? value.text : parseJson(configJson(value, (ciphertext) => ({ secure: ciphertext })));

/** A type that Pulumi.yaml can ask of a value. */
export interface ConfigType {
  /** `string`, `integer`, `boolean`, `array` or `object`. */
  readonly type: string;
  /** Of the entries of an array. */
  readonly items?: ConfigType | undefined;
}

/** True when what a program would get is of the type (pulumi sdk/go/common/workspace/project.go, ValidateConfigValue). */
export function isOfType(value: Json, { type, items }: ConfigType): boolean {
  if (type === "string") return typeof value === "string";
  if (type === "integer") return Number.isInteger(value) || (typeof value === "string" && /^[-+]?\d+$/.test(value));
  if (type === "boolean") return typeof value === "boolean" || value === "true" || value === "false";
  if (type === "object") return isObject(value);
  return Array.isArray(value) && items !== undefined && value.every((item: Json) => isOfType(item, items));
}
