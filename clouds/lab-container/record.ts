import { readFile, rename, writeFile } from "node:fs/promises";
import { isObject } from "#model/value.ts";
import type { Json } from "#model/value.ts";
import type { Places } from "./places.ts";

/** What a machine was made with. */
export interface MachineRecord {
  readonly release: 12 | 13;
  readonly user: "root" | "admin";
  readonly packages: readonly string[];
  /** False for a plain tree that no init ever ran in. */
  readonly booted: boolean;
  /** `ssh-ed25519 AAAA…`, the key that the machine must show. */
  readonly hostKey: string;
  /** Number of its private network; absent before its first start. */
  readonly block?: number;
}

/** What the machine was made with; undefined when there is none, or one that an interrupted run left unfinished. */
export async function readRecord(places: Places): Promise<MachineRecord | undefined> {
  const text = await readFile(places.record, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const found = JSON.parse(text) as Json;
  if (!isObject(found)) return undefined;
  const { release, user, packages, booted, hostKey, block } = found;
  if (release !== 12 && release !== 13) return undefined;
  if (user !== "root" && user !== "admin") return undefined;
  if (!Array.isArray(packages) || typeof booted !== "boolean" || typeof hostKey !== "string") return undefined;
  return { release, user, packages: packages.map(String), booted, hostKey, ...(typeof block === "number" ? { block } : {}) };
}

/** Keeps `record`; replaced as a whole. */
export async function writeRecord(places: Places, record: MachineRecord): Promise<void> {
  await writeFile(`${places.record}.new`, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${places.record}.new`, places.record);
}
