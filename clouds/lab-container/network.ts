import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { isFault } from "#model/fault.ts";
import { machinesDirectory } from "./places.ts";
import type { Places } from "./places.ts";
import { failure, tool } from "./run.ts";
import type { Forwarded } from "./site.ts";

/** Subnets are /30 blocks of 10.83.0.0/16, counted from 0; the block's number is in the interface's name. */
const BLOCKS = 16_384;

/** One machine's private network. */
export interface Link {
  readonly block: number;
  /** This machine's end. */
  readonly device: string;
  readonly gateway: string;
  readonly address: string;
}

/** The network with that number. */
export function linkOf(block: number): Link {
  const prefix = `10.83.${String(block >> 6)}`;
  const first = (block & 63) * 4;
  return { block, device: `steading${String(block)}`, gateway: `${prefix}.${String(first + 1)}`, address: `${prefix}.${String(first + 2)}` };
}

/** Where to begin the search: the same name finds the same block again, most of the time. */
const firstBlock = (name: string): number => Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % BLOCKS, 7);

const isMounted = async (path: string): Promise<boolean> =>
  (await readFile("/proc/self/mountinfo", "utf8")).split("\n").some((line) => line.split(" ")[4] === path);

/** The nft table that holds everything that this machine's packet filter does for `name`. */
export const tableOf = (name: string): string => `steading-lab-${name}`;

/** Takes a block that nobody has: the kernel refuses a second interface of one name. */
async function claim(places: Places, preferred: number | undefined): Promise<Link> {
  const start = preferred ?? firstBlock(places.name);
  for (let step = 0; step < BLOCKS; step++) {
    const link = linkOf((start + step) % BLOCKS);
    if (link.device in networkInterfaces()) continue;
    try {
      await tool(places.name, ["ip", "link", "add", link.device, "type", "veth", "peer", "name", "host0", "netns", places.network]);
      return link;
    } catch (error) {
      if (!isFault(error, "cloud.failed") || !error.detail.reason.includes("File exists")) throw error;
    }
  }
  throw failure(places.name, "no free subnet in 10.83.0.0/16");
}

/**
 * A tunnel below may carry less than Ethernet's 1500 bytes. Only the guest's route knows: the interface keeps 1500, because
 * some gateways send full frames whatever the sender's segment size was.
 */
async function uplinkMtu(): Promise<string> {
  const route = await tool("", ["ip", "-4", "route", "show", "default"]);
  const device = / dev (\S+)/.exec(route)?.[1];
  if (device === undefined) return "1500";
  return (await readFile(`/sys/class/net/${device}/mtu`, "utf8")).trim();
}

/** Addresses and routes on both ends. Both are set from here, so the guest needs no network configuration of its own. */
export async function openLink(places: Places, preferred: number | undefined): Promise<Link> {
  await closeLink(places);
  await writeFile(places.network, "");
  await tool(places.name, ["unshare", `--net=${places.network}`, "true"]);
  const link = await claim(places, preferred);
  const inside = ["nsenter", `--net=${places.network}`, "ip"] as const;
  await tool(places.name, ["ip", "address", "add", `${link.gateway}/30`, "dev", link.device]);
  await tool(places.name, ["ip", "link", "set", link.device, "up"]);
  await tool(places.name, [...inside, "link", "set", "lo", "up"]);
  await tool(places.name, [...inside, "address", "add", `${link.address}/30`, "dev", "host0"]);
  await tool(places.name, [...inside, "link", "set", "host0", "up"]);
  await tool(places.name, [...inside, "route", "add", "default", "via", link.gateway, "mtu", await uplinkMtu()]);
  return link;
}

/** The way out: masquerading, and the loopback services of this machine that the guest needs, in one nft table. */
export async function openWayOut(places: Places, link: Link, forwarded: readonly Forwarded[]): Promise<void> {
  const table = tableOf(places.name);
  const redirects = forwarded.map(
    ({ protocol, address, port }) => `iifname "${link.device}" ip daddr ${link.gateway} ${protocol} dport ${String(port)} dnat to ${address}:${String(port)}`,
  );
  const rules = `table ip ${table}
delete table ip ${table}
table ip ${table} {
  chain in {
    type nat hook prerouting priority -100;
    ${redirects.join("\n    ")}
  }
  chain out {
    type nat hook postrouting priority 100;
    ip saddr ${link.address} oifname != "${link.device}" masquerade
  }
}
`;
  await tool(places.name, ["nft", "-f", "-"], { input: rules });
  // Lets a redirect reach 127.0.0.1 from this one interface (ip-sysctl: route_localnet).
  if (forwarded.length > 0) await writeFile(`/proc/sys/net/ipv4/conf/${link.device}/route_localnet`, "1");
  await turnForwardingOn();
}

const forwardingFile = "/proc/sys/net/ipv4/ip_forward";
const forwardingWasOff = (): string => `${machinesDirectory()}/.forwarding-was-off`;

async function turnForwardingOn(): Promise<void> {
  if ((await readFile(forwardingFile, "utf8")).trim() !== "0") return;
  await mkdir(machinesDirectory(), { recursive: true, mode: 0o711 });
  await writeFile(forwardingWasOff(), "");
  await writeFile(forwardingFile, "1");
}

/** Sets IPv4 forwarding back as the first machine found it. Only when the last machine is gone. */
export async function restoreForwarding(): Promise<void> {
  const wasOff = await readFile(forwardingWasOff()).then(() => true, () => false);
  if (!wasOff) return;
  await writeFile(forwardingFile, "0");
  await rm(forwardingWasOff());
}

/** Removes table, interface and namespace. Done already is done. */
export async function closeLink(places: Places): Promise<void> {
  const table = tableOf(places.name);
  await tool(places.name, ["nft", "-f", "-"], { input: `table ip ${table}\ndelete table ip ${table}\n` });
  if (await isMounted(places.network)) {
    await tool(places.name, ["nsenter", `--net=${places.network}`, "ip", "link", "delete", "host0"]).catch((error: unknown) => {
      if (!isFault(error, "cloud.failed") || !error.detail.reason.includes("Cannot find device")) throw error;
    });
    await tool(places.name, ["umount", places.network]);
  }
  await rm(places.network, { force: true });
}
