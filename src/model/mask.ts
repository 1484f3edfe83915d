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
    const lines = text.split("\n").map((line) => line.trim());
    for (const word of [...(text.length >= 3 ? [text] : []), ...lines.filter((line) => line.length >= 6)]) for (const form of formsOf(word)) found.add(form);
  }
}

/** A text as it is, and as it stands within JSON (with and without what is not ASCII) and within a word that a shell reads. */
function formsOf(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return [text, json, ascii, ...[`'\\''`, `'"'"'`].map((quote) => text.replaceAll("'", quote))];
}

/** `text` with every secret masked, longest first. */
export const mask = (text: string, secrets: Iterable<string>): string =>
  [...secrets].sort((a, b) => b.length - a.length).reduce((masked, secretText) => masked.replaceAll(secretText, MASK), text);
