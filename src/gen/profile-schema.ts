import type { Declaration } from "#gen/source.ts";
import { isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";

/**
 * A JSON Schema (draft-07) with the comments of interfaces as descriptions, so that an editor shows them.
 * An object schema is matched to the interface that has the same keys.
 */
export function describedSchema(schema: JsonObject, declarations: readonly Declaration[], title: string): JsonObject {
  return { $schema: "http://json-schema.org/draft-07/schema#", title, ...describeObject(schema, declarations) };
}

function describe(value: Json, declarations: readonly Declaration[]): Json {
  if (Array.isArray(value)) return value.map((inner: Json) => describe(inner, declarations));
  return isObject(value) ? orEmpty(describeObject(value, declarations)) : value;
}

/** Nothing where an object or a list belongs is an empty one. */
const orEmpty = (schema: JsonObject): JsonObject => (schema["type"] === "object" || schema["type"] === "array" ? { ...schema, type: [schema["type"], "null"] } : schema);

function describeObject(schema: JsonObject, declarations: readonly Declaration[]): JsonObject {
  const described = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, describe(value, declarations)]));
  const properties = described["properties"];
  if (!isObject(properties)) return described;
  const keys = Object.keys(properties).sort().join();
  const match = declarations.find(({ members }) => members.map(({ name }) => name).sort().join() === keys);
  if (!match) return described;
  const withTexts = match.members.map((member): [string, Json] => {
    const inner = properties[member.name] ?? {};
    const text = [member.text.replace(/\s*\n\s*/g, " "), member.defaultValue === undefined ? "" : `Default: ${member.defaultValue}`].filter((part) => part !== "").join(" ");
    return [member.name, isObject(inner) ? { description: text, ...inner } : inner];
  });
  return { ...described, properties: Object.fromEntries(withTexts) };
}
