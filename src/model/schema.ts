import type { Json } from "#model/value.ts";

/** A JSON Schema (draft-07) fragment that admits values of `T`. */
export interface Schema<T> {
  readonly json: { readonly [key: string]: Json };
  /** Absent values are refused. */
  readonly optional?: never;
  /** A secret even when the program did not say so: never printed, encrypted in the state. */
  readonly secret?: boolean;
  /** Never set: carries the type. */
  readonly type?: T;
}

/** A schema for a key that may be left out. */
export type Optional<T> = Omit<Schema<T>, "optional"> & { readonly optional: true };

/** One schema per key of `P`; a missing, extra or wrongly optional key does not compile. */
export type SchemasOf<P> = {
  readonly [K in keyof P]-?: undefined extends P[K]
    ? Optional<Exclude<P[K], undefined>>
    : Schema<P[K]>;
};

/** The schema of a kind's, fact's, cloud's or component's props. */
export interface Props<P, S = { readonly [key: string]: Schema<unknown> | Optional<unknown> }> {
  readonly schemas: S;
  readonly json: { readonly [key: string]: Json };
  readonly type?: P;
}

/** What a value that does not fit should look like, in a few words; kept beside the keywords that check it. */
const hint = (fix: string | undefined): { readonly "x-fix"?: string } => (fix === undefined ? {} : { "x-fix": fix });

/** A string; `pattern` is a regular expression that it must match as a whole. */
export const text = <T extends string = string>(
  pattern?: RegExp,
  fix?: string,
  limits: { minLength?: number; maxLength?: number } = {},
): Schema<T> => ({
  json: { type: "string", ...(pattern ? { pattern: pattern.source } : {}), ...limits, ...hint(fix) },
});

/** An integer within bounds, both included. */
export const integer = (minimum: number, maximum: number, fix?: string): Schema<number> => ({
  json: { type: "integer", minimum, maximum, ...hint(fix) },
});

/** True or false. */
export const flag: Schema<boolean> = { json: { type: "boolean" } };

/** One of a few words. */
export const oneOf = <const T extends string>(...words: readonly T[]): Schema<T> => ({
  json: { type: "string", enum: [...words], ...hint(`one of ${words.join(", ")}`) },
});

/** A list. */
export const list = <T>(each: Schema<T>, minItems = 0): Schema<readonly T[]> => ({
  json: { type: "array", items: each.json, ...(minItems > 0 ? { minItems } : {}) },
});

/** An object whose keys match `keys`; `fix` says what a key looks like. */
export const mapping = <T>(keys: RegExp, each: Schema<T>, fix?: string): Schema<{ readonly [key: string]: T }> => ({
  json: { type: "object", patternProperties: { [keys.source]: each.json }, additionalProperties: false, ...hint(fix) },
});

/** An object with the given props. */
export const object = <P extends object>(props: Props<P>): Schema<P> => ({ json: props.json });

/** One of several schemas. */
export const either = <A, B>(a: Schema<A>, b: Schema<B>, fix?: string): Schema<A | B> => ({ json: { anyOf: [a.json, b.json], ...hint(fix) } });

/** May be left out. */
export const optional = <T>(schema: Schema<T>): Optional<T> => ({ ...schema, optional: true });

/** A secret even when the program did not say so: never printed, encrypted in the state. */
export const secretly = <T>(schema: Schema<T>): Schema<T> => ({ ...schema, secret: true });

/** Joins the documented interface `P` and one schema per key of it. */
export const propsOf =
  <P extends object>() =>
  (schemas: SchemasOf<P>): Props<P, SchemasOf<P>> => {
    const entries = Object.entries<Schema<unknown> | Optional<unknown>>(schemas);
    return {
      schemas,
      json: {
        type: "object",
        properties: Object.fromEntries(entries.map(([key, schema]) => [key, schema.json])),
        required: entries.filter(([, schema]) => schema.optional !== true).map(([key]) => key),
        additionalProperties: false,
      },
    };
  };

/** An absolute, normal path: no `..`, no `//`, no control character. */
export const path = text(
  /^(\/(?!\.{1,2}(\/|$))[^/\p{Cc}]+)+$/u,
  "an absolute path without `..`, `.` or `//`, for example /etc/motd",
);

/** File permission bits in octal. */
export const mode = text(/^0?[0-7]{3,4}$/, "octal permission bits in quotes: \"0644\"");

/** A user or group name (Debian adduser's NAME_REGEX). */
export const account = text(
  /^[a-z_][a-z0-9_-]{0,31}$/,
  "lower-case letters, digits, - and _, starting with a letter, at most 32",
);
