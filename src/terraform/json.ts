import { isList, isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";

/** An object that OpenTofu wrote; empty for anything else. */
export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/** A list that OpenTofu wrote; empty for anything else. */
export const listOf = (value: Json | undefined): readonly Json[] => (value !== undefined && isList(value) ? value : []);

/** A text that OpenTofu wrote; empty for anything else. */
export const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

declare global {
  interface JSON {
    /** With the text that a value was written as (ECMAScript, "JSON.parse source text access"). */
    parse(text: string, reviver: (key: string, value: unknown, context?: { readonly source?: string }) => unknown): unknown;
  }
}

/** Whole numbers that JavaScript would round stay the text that they are: OpenTofu's numbers have 512 bits. */
const exact = (_: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "") ? context?.source : value;

/** A JSON object; undefined for a text that is none. Whole numbers from 2^53 on are texts. */
export function parsedObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text, exact);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
