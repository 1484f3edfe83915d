import { readFile, rename, writeFile } from "node:fs/promises";
import { isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { Places } from "./places.ts";

/** What is written about a machine; undefined when there is none, or one that an interrupted run left unfinished. */
export async function readRecordOf(places: Places): Promise<JsonObject | undefined> {
  const text = await readFile(places.record, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const found = JSON.parse(text) as Json;
  return isObject(found) ? found : undefined;
}

/** Keeps `record`; replaced as a whole. */
export async function writeRecord(places: Places, record: object): Promise<void> {
  await writeFile(`${places.record}.new`, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${places.record}.new`, places.record);
}
