import { isList, isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";

/** An object that OpenTofu wrote; empty for anything else. */
export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/** A list that OpenTofu wrote; empty for anything else. */
export const listOf = (value: Json | undefined): readonly Json[] => (value !== undefined && isList(value) ? value : []);

/** A text that OpenTofu wrote; empty for anything else. */
export const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

/** A JSON object; undefined for a text that is none. */
export function parsedObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
