import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isFault } from "#model/fault.ts";
import { closeWayOut, interfaces, linksFor, raise, uplinkMtu } from "../lab/network.ts";
import type { Link } from "../lab/network.ts";
import type { Places } from "../lab/places.ts";
import { failure, tool } from "../lab/run.ts";

/** The machine's network namespace, kept alive by a mount on this file. */
export const namespaceOf = (places: Places): string => join(places.home, "network");

const isMounted = async (path: string): Promise<boolean> =>
  (await readFile("/proc/self/mountinfo", "utf8")).split("\n").some((line) => line.split(" ")[4] === path);

/** Takes a block that nobody has: the kernel refuses a second interface of one name. */
async function claim(places: Places, preferred: number | undefined): Promise<Link> {
  const known = new Set(await interfaces());
  for (const link of linksFor(places.name, preferred)) {
    if (known.has(link.device)) continue;
    try {
      await tool(places.name, ["ip", "link", "add", link.device, "type", "veth", "peer", "name", "host0", "netns", namespaceOf(places)]);
      return link;
    } catch (error) {
      if (!isFault(error, "cloud.failed") || !error.detail.reason.includes("File exists")) throw error;
    }
  }
  throw failure(places.name, "no free subnet in 10.83.0.0/16");
}

/** Addresses and routes on both ends. Both are set from here, so the guest needs no network configuration of its own. */
export async function openLink(places: Places, preferred: number | undefined): Promise<Link> {
  await closeLink(places);
  const network = namespaceOf(places);
  await writeFile(network, "");
  await tool(places.name, ["unshare", `--net=${network}`, "true"]);
  const link = await claim(places, preferred);
  const inside = ["nsenter", `--net=${network}`, "ip"] as const;
  await raise(places, link);
  await tool(places.name, [...inside, "link", "set", "lo", "up"]);
  await tool(places.name, [...inside, "address", "add", `${link.address}/30`, "dev", "host0"]);
  await tool(places.name, [...inside, "link", "set", "host0", "up"]);
  await tool(places.name, [...inside, "route", "add", "default", "via", link.gateway, "mtu", await uplinkMtu()]);
  return link;
}

/** Removes table, interface and namespace. Done already is done. */
export async function closeLink(places: Places): Promise<void> {
  await closeWayOut(places);
  const network = namespaceOf(places);
  if (await isMounted(network)) {
    await tool(places.name, ["nsenter", `--net=${network}`, "ip", "link", "delete", "host0"]).catch((error: unknown) => {
      if (!isFault(error, "cloud.failed") || !error.detail.reason.includes("Cannot find device")) throw error;
    });
    await tool(places.name, ["umount", network]);
  }
  await rm(network, { force: true });
}
