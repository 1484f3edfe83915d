import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { cloudNamed } from "#provider/clouds.ts";
import type { Cloud } from "#model/cloud.ts";

const DIRECTORY = join(import.meta.dirname, "../../clouds");

/** Names of the clouds that make machines of this very machine: the files `clouds/lab-*.ts`, in order. */
export async function labCloudNames(): Promise<readonly string[]> {
  const names = await readdir(DIRECTORY);
  return names.flatMap((name) => /^(lab-[a-z-]+)\.ts$/.exec(name)?.[1] ?? []).sort();
}

/** Those clouds, loaded. */
export async function labClouds(): Promise<readonly Cloud<object>[]> {
  const clouds = await Promise.all((await labCloudNames()).map(cloudNamed));
  return clouds.filter((cloud) => cloud !== undefined);
}
