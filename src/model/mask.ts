import { isObject, isSecret, reveal, UNKNOWN } from "#model/value.ts";
import type { Json } from "#model/value.ts";

/** What stands in place of a secret. */
export const MASK = "[secret]";

/** Every text inside a secret of `value`, and every line of it that is long enough to give something away. */
export function secretTexts(value: Json): ReadonlySet<string> {
  const found = new Set<string>();
  collect(value, false, found);
  return found;
}

function collect(value: Json, hidden: boolean, found: Set<string>): void {
  if (isSecret(value)) collect(reveal(value), true, found);
  else if (Array.isArray(value)) value.forEach((inner: Json) => { collect(inner, hidden, found); });
  else if (isObject(value)) for (const inner of Object.values(value)) collect(inner, hidden, found);
  // What is not known yet gives nothing away.
  else if (hidden && value !== UNKNOWN && (typeof value === "string" || typeof value === "number")) {
    const text = String(value);
    if (text.length >= 3) found.add(text);
    for (const line of text.split("\n")) if (line.trim().length >= 6) found.add(line.trim());
  }
}

/** `text` with every secret masked, longest first. */
export const mask = (text: string, secrets: Iterable<string>): string =>
  [...secrets].sort((a, b) => b.length - a.length).reduce((masked, secretText) => masked.replaceAll(secretText, MASK), text);
