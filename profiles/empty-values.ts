import { isList, isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";

/** The value with `{}` and `[]` in place of null where the JSON Schema wants an object or a list: `users:` with nothing below it. */
export function withEmpties(value: Json, schema: JsonObject): Json {
  if (value === null) return schema["type"] === "object" ? {} : schema["type"] === "array" ? [] : value;
  const items = schema["items"];
  if (isList(value)) return isObject(items) ? value.map((inner) => withEmpties(inner, items)) : value;
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]): [string, Json] => {
      const inside = schemaOf(key, schema);
      return [key, inside === undefined ? inner : withEmpties(inner, inside)];
    }),
  );
}

function schemaOf(key: string, { properties = {}, patternProperties = {} }: JsonObject): JsonObject | undefined {
  const named = isObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
  const [, matched] = Object.entries(isObject(patternProperties) ? patternProperties : {}).find(([pattern]) => new RegExp(pattern, "u").test(key)) ?? [];
  const found = named ?? matched;
  return isObject(found) ? found : undefined;
}
