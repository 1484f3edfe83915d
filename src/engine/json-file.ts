import { readFile } from "node:fs/promises";
import { Issues } from "#model/issue.ts";
import type { Json } from "#model/value.ts";
import { unlessMissing } from "#engine/durable-write.ts";
import { parseJson } from "#engine/json-fields.ts";

/** The value in a JSON file that somebody wrote; undefined where there is none, null where it is empty. Throws `Issues`. */
export async function readJsonFile(file: string): Promise<Json | undefined> {
  const text = await unlessMissing(readFile(file, "utf8"));
  if (text === undefined || text.trim() === "") return text === undefined ? undefined : null;
  try {
    return parseJson(text);
  } catch (error) {
    // SyntaxError is all that JSON.parse throws.
    throw new Issues([{ code: "file.invalid", at: file, path: "", message: `is no JSON: ${error instanceof Error ? error.message : ""}`, fix: "mend it" }]);
  }
}
