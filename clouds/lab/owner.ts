import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CloudContext } from "#model/cloud.ts";
import type { Places } from "./places.ts";
import { failure } from "./run.ts";

/**
 * Notes who a machine is made for. Refuses one that somebody else made: whoever takes it over would remove it one day, with all that
 * is on it. One that was made before this was noted is anybody's.
 *
 * @param isMade - it is there, and whole
 */
export async function claim({ name, home }: Places, { owner }: CloudContext, isMade: boolean): Promise<void> {
  const file = join(home, "owner");
  const other = await readFile(file, "utf8").catch(() => undefined);
  if (owner === undefined || other === owner || (isMade && other === undefined)) return;
  if (other !== undefined) throw failure(name, `there is one of that name already, which ${other} made: give yours another name, or remove that one (steading lab destroy ${name})`);
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFile(file, owner, { mode: 0o600 });
}
