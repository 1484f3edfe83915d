import { canonical, isList, isObject, isSecret, reveal, secret } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { secretTexts } from "#model/mask.ts";
import { memberPath } from "#provider/property-path.ts";
import { isInternal } from "#engine/policy/for-pack.ts";

/** Inputs after a remediation, and the property paths that it changed. */
export interface Remediated {
  readonly inputs: JsonObject;
  /** In order. */
  readonly paths: readonly string[];
}

const same = (a: Json, b: Json): boolean => canonical(reveal(a)) === canonical(reveal(b));

/**
 * The inputs as a policy wants them. What it left as it was stays as it was, with all that a pack does not see: secrets that it
 * handed back in clear, hashes of assets, references. A text that holds a secret is one, wherever the policy put it.
 *
 * @param before - the inputs
 * @param sent - what the pack was given of them
 * @param answer - what it gave back
 */
export function remediated(before: JsonObject, sent: JsonObject, answer: JsonObject): Remediated {
  const paths: string[] = [];
  const secrets = secretTexts(before);
  const hidden = (value: Json): Json => {
    if (isSecret(value)) return value;
    if (typeof value === "string") return [...secrets].some((text) => value.includes(text)) ? secret(value) : value;
    if (isList(value)) return value.map(hidden);
    return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hidden(inner)])) : value;
  };
  const merge = (old: Json | undefined, given: Json | undefined, now: Json, path: string): Json => {
    if (old !== undefined && given !== undefined && same(given, now)) return old;
    if (isSecret(old)) {
      paths.push(path);
      return isSecret(now) ? now : secret(now);
    }
    if (isObject(old) && isObject(given) && isObject(now) && !isSecret(now)) return mergeObject(old, given, now, path);
    if (old !== undefined && given !== undefined && isList(old) && isList(given) && isList(now) && now.length === given.length) return now.map((inner, index) => merge(old[index], given[index], inner, memberPath(path, index)));
    paths.push(path);
    return hidden(now);
  };
  const mergeObject = (old: JsonObject, given: JsonObject, now: JsonObject, path: string): JsonObject => {
    const kept = Object.entries(old).filter(([key]) => isInternal(key));
    for (const key of Object.keys(given)) if (!(key in now)) paths.push(memberPath(path, key));
    return Object.fromEntries([...kept, ...Object.entries(now).map(([key, inner]) => [key, merge(old[key], given[key], inner, memberPath(path, key))] as const)]);
  };
  const inputs = mergeObject(before, sent, answer, "");
  return { inputs, paths: paths.sort() };
}
