import type { Places } from "../lab/places.ts";
import { readRecordOf } from "../lab/record.ts";
import type { Release } from "../lab/root.ts";
import type { Acceleration } from "./acceleration.ts";
import type { Boot } from "./firmware.ts";

/** What a machine was made with. */
export interface MachineRecord {
  readonly release: Release;
  readonly user: "root" | "admin";
  /** Megabytes. */
  readonly memory: number;
  readonly boot: Boot;
  readonly tpm: boolean;
  readonly acceleration: Acceleration;
  /** `ssh-ed25519 AAAA…`, the key that the machine must show. */
  readonly hostKey: string;
}

/** What the machine was made with; undefined when there is none, or one that an interrupted run left unfinished. */
export async function readRecord(places: Places): Promise<MachineRecord | undefined> {
  const found = await readRecordOf(places);
  if (found === undefined) return undefined;
  const { release, user, memory, boot, tpm, acceleration, hostKey } = found;
  if (release !== 12 && release !== 13) return undefined;
  if (user !== "root" && user !== "admin") return undefined;
  if (acceleration !== "kvm" && acceleration !== "tcg") return undefined;
  if (boot !== "kernel" && boot !== "uefi" && boot !== "secure-boot") return undefined;
  if (typeof memory !== "number" || typeof tpm !== "boolean" || typeof hostKey !== "string") return undefined;
  return { release, user, memory, boot, tpm, acceleration, hostKey };
}
