import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { closeWayOut, interfaces, linkOf, linksFor, raise } from "../lab/network.ts";
import type { Link } from "../lab/network.ts";
import { machinesDirectory, machinesOf } from "../lab/places.ts";
import type { Places } from "../lab/places.ts";
import { failure, tool } from "../lab/run.ts";

/** Holds the number of the machine's network from before its interface is made, so that an interrupted run leaves none unknown. */
const blockFile = (home: string): string => join(home, "block");

async function blockIn(home: string): Promise<number | undefined> {
  const text = await readFile(blockFile(home), "utf8").catch(() => "");
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The machine's network: the address is written inside it, so it keeps its number for life. Only under the lock of networks. */
export async function reserveLink(places: Places): Promise<Link> {
  const own = await blockIn(places.home);
  if (own !== undefined) return linkOf(own);
  const directory = machinesDirectory("steading-vm");
  const reserved = new Set(await Promise.all((await machinesOf("steading-vm")).map((name) => blockIn(join(directory, name)))));
  const known = new Set(await interfaces());
  for (const link of linksFor(places.name)) {
    if (reserved.has(link.block) || known.has(link.device)) continue;
    await writeFile(blockFile(places.home), String(link.block));
    return link;
  }
  throw failure(places.name, "no free subnet in 10.83.0.0/16");
}

/** Makes this machine's end anew: a tap interface, kept while nobody has it open. */
export async function openLink(places: Places): Promise<Link> {
  await closeLink(places);
  const link = await reserveLink(places);
  await tool(places.name, ["ip", "tuntap", "add", "dev", link.device, "mode", "tap"]);
  await raise(places, link);
  return link;
}

/** Removes table and interface. Done already is done. */
export async function closeLink(places: Places): Promise<void> {
  await closeWayOut(places);
  const block = await blockIn(places.home);
  if (block === undefined) return;
  const { device } = linkOf(block);
  if ((await interfaces()).includes(device)) await tool(places.name, ["ip", "tuntap", "delete", "dev", device, "mode", "tap"]);
}
