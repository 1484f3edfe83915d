import { Issues } from "#model/issue.ts";
import { isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";

/** JSON text to a value; throws SyntaxError. */
export const parseJson = (text: string): Json => JSON.parse(text) as Json;

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

type Given<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The object without the keys whose value is undefined. */
export const given = <T extends object>(fields: T): Given<T> =>
  // Object.fromEntries forgets the key types; the filter is what `Given` says.
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;

/** Reads one JSON object of a file: typed fields by name, and in the end what nobody asked for. */
export class JsonFields {
  readonly #json: JsonObject;
  readonly #at: string;
  readonly #path: string;
  readonly #known = new Set<string>();

  /** @param path - where the object is inside the file, for messages */
  constructor(json: Json | undefined, at: string, path: string) {
    this.#at = at;
    this.#path = path;
    if (!isObject(json)) throw this.#wrong("", "an object");
    this.#json = json;
  }

  #wrong(key: string, what: string): Issues {
    const path = [this.#path, key].filter((part) => part !== "").join(".");
    return new Issues([{ code: "file.invalid", at: this.#at, path, message: `is not ${what}`, fix: "mend the file, or restore it from a backup" }]);
  }

  /** The value as it is; null counts as absent. */
  any(key: string): Json | undefined {
    this.#known.add(key);
    return this.#json[key] ?? undefined;
  }

  text(key: string): string | undefined {
    const value = this.any(key);
    if (value !== undefined && typeof value !== "string") throw this.#wrong(key, "a string");
    return value;
  }

  number(key: string): number | undefined {
    const value = this.any(key);
    if (value !== undefined && typeof value !== "number") throw this.#wrong(key, "a number");
    return value;
  }

  flag(key: string): boolean | undefined {
    const value = this.any(key);
    if (value !== undefined && typeof value !== "boolean") throw this.#wrong(key, "true or false");
    return value;
  }

  object(key: string): JsonObject | undefined {
    const value = this.any(key);
    if (value !== undefined && !isObject(value)) throw this.#wrong(key, "an object");
    return value;
  }

  list(key: string): readonly Json[] | undefined {
    const value = this.any(key);
    if (value !== undefined && !isList(value)) throw this.#wrong(key, "a list");
    return value;
  }

  texts(key: string): readonly string[] | undefined {
    const value = this.list(key);
    return value?.map((each) => {
      if (typeof each !== "string") throw this.#wrong(key, "a list of strings");
      return each;
    });
  }

  objects(key: string): readonly JsonObject[] | undefined {
    return this.list(key)?.map((each) => {
      if (!isObject(each)) throw this.#wrong(key, "a list of objects");
      return each;
    });
  }

  /** A string that must be there. */
  required(key: string): string {
    const value = this.text(key);
    if (value === undefined) throw this.#wrong(key, "there");
    return value;
  }

  /** The fields that were not asked for; undefined when there are none. */
  rest(): JsonObject | undefined {
    const entries = Object.entries(this.#json).filter(([key]) => !this.#known.has(key));
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }
}
