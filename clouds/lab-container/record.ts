import type { Places } from "../lab/places.ts";
import { readRecordOf } from "../lab/record.ts";

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
  const found = await readRecordOf(places);
  if (found === undefined) return undefined;
  const { release, user, packages, booted, hostKey, block } = found;
  if (release !== 12 && release !== 13) return undefined;
  if (user !== "root" && user !== "admin") return undefined;
  if (!Array.isArray(packages) || typeof booted !== "boolean" || typeof hostKey !== "string") return undefined;
  return { release, user, packages: packages.map(String), booted, hostKey, ...(typeof block === "number" ? { block } : {}) };
}
