import { Ajv } from "ajv";
import type { ErrorObject } from "ajv";
import { isObject, isSecret, secret, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { CheckFailure } from "#provider/contract.ts";

/** The resources and the function of `@pulumi/command` 1.2.1. */
export type Token = "command:local:Command" | "command:local:run" | "command:remote:Command" | "command:remote:CopyToRemote" | "command:remote:CopyFile";

/** Any value may wait for another resource. */
const known = (schema: JsonObject): JsonObject => ({ anyOf: [schema, { const: UNKNOWN }] });
const text = known({ type: "string" });
const whole = known({ type: "integer" });
const flag = known({ type: "boolean" });
const texts = known({ type: "array", items: text });
const environment = known({ type: "object", additionalProperties: text });
const logging = known({ enum: ["stdout", "stderr", "stdoutAndStderr", "none"] });
const triggers = known({ type: "array" });

const objectOf = (properties: JsonObject, ...required: readonly string[]): JsonObject => ({ type: "object", properties, required, additionalProperties: false });

const endpoint: JsonObject = {
  user: text, password: text, host: text, port: known({ type: "number" }), privateKey: text, privateKeyPassword: text, agentSocketPath: text, dialErrorLimit: whole, perDialTimeout: whole, hostKey: text,
};
const connection = known(objectOf({ ...endpoint, proxy: known(objectOf(endpoint, "host")) }, "host"));
const lifecycle: JsonObject = { create: text, update: text, delete: text, triggers };
const base: JsonObject = { stdin: text, logging, environment, addPreviousOutputInEnv: flag };
const local: JsonObject = { ...base, interpreter: texts, dir: text, assetPaths: texts, archivePaths: texts };

const schemas: Readonly<Record<Token, JsonObject>> = {
  "command:local:Command": objectOf({ ...lifecycle, ...local }),
  "command:local:run": objectOf({ ...local, command: text }, "command"),
  "command:remote:Command": objectOf({ ...lifecycle, ...base, connection }, "connection"),
  "command:remote:CopyToRemote": objectOf({ connection, remotePath: text, source: {}, triggers }, "connection", "remotePath", "source"),
  "command:remote:CopyFile": objectOf({ connection, remotePath: text, localPath: text, triggers }, "connection", "remotePath", "localPath"),
};

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
const validators = new Map(Object.entries(schemas).map(([token, schema]) => [token, ajv.compile(schema)]));

/** True for a name that this package serves. */
export const isToken = (token: string): token is Token => token in schemas;

const propertyOf = ({ instancePath, params }: ErrorObject): string =>
  [...instancePath.split("/").slice(1), ...["missingProperty", "additionalProperty"].flatMap((key) => (typeof params[key] === "string" ? [params[key]] : []))].join(".");

const reasonOf = ({ keyword, message, params }: ErrorObject): string =>
  keyword === "additionalProperties" ? `there is no input ${String(params["additionalProperty"])}` : keyword === "required" ? "is required" : (message ?? "is wrong");

/** All mistakes in inputs whose secrets are open. What is wrong inside a value that may be unknown is told once. */
export function inputFailures(token: Token, inputs: JsonObject): readonly CheckFailure[] {
  const validate = validators.get(token);
  if (validate === undefined || validate(inputs)) return [];
  const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== "anyOf" && keyword !== "const");
  return errors.map((error) => ({ property: propertyOf(error), reason: reasonOf(error) }));
}

/** Connection defaults as the plugin of the package has them. */
const DEFAULTS: JsonObject = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };

/** What of a connection the plugin keeps as a secret of its own. */
const SECRETS = ["password", "privateKey", "privateKeyPassword"];

function endpointDefaults(value: Json | undefined): Json | undefined {
  if (!isObject(value)) return value;
  const secrets = SECRETS.flatMap((key) => (value[key] === undefined || isSecret(value[key]) ? [] : [[key, secret(value[key])] as const]));
  return { ...DEFAULTS, ...value, ...Object.fromEntries(secrets) };
}

/** What a secret holds; secrets in it stay. */
const unwrapped = (value: Json | undefined): Json | undefined => (isSecret(value) ? unwrapped(value.value) : value);

/** Inputs with the defaults filled in; a connection is secret as a whole, and its keys and passwords in it once more. */
export function completed(inputs: JsonObject): JsonObject {
  if (inputs["connection"] === undefined) return inputs;
  const given = endpointDefaults(unwrapped(inputs["connection"])) ?? null;
  const proxy = isObject(given) ? endpointDefaults(unwrapped(given["proxy"])) : undefined;
  return { ...inputs, connection: secret(isObject(given) && proxy !== undefined ? { ...given, proxy } : given) };
}

/** A text among inputs; undefined where there is none. */
export const textAt = (inputs: JsonObject, key: string): string | undefined => (typeof inputs[key] === "string" ? inputs[key] : undefined);

/** A list of texts among inputs. */
export const textsAt = (inputs: JsonObject, key: string): readonly string[] => {
  const value = inputs[key];
  return Array.isArray(value) ? value.filter((each: Json): each is string => typeof each === "string") : [];
};
