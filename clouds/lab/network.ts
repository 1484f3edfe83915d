import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { Places } from "./places.ts";
import { tool } from "./run.ts";
import type { Forwarded } from "./site.ts";

/** Subnets are /30 blocks of 10.83.0.0/16, counted from 0; the block's number is in the interface's name. */
export const BLOCKS = 16_384;

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

/** All networks, beginning at one that depends on the name: the same name finds the same block again, most of the time. */
export function* linksFor(name: string, preferred?: number): Generator<Link> {
  const start = preferred ?? Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % BLOCKS, 7);
  for (let step = 0; step < BLOCKS; step++) yield linkOf((start + step) % BLOCKS);
}

/** Names of this machine's network interfaces, also of those that are down. */
export const interfaces = (): Promise<readonly string[]> => readdir("/sys/class/net");

/**
 * A tunnel below may carry less than Ethernet's 1500 bytes. Only the guest's route knows: the interface keeps 1500, because
 * some gateways send full frames whatever the sender's segment size was.
 */
export async function uplinkMtu(): Promise<string> {
  const route = await tool("", ["ip", "-4", "route", "show", "default"]);
  const device = / dev (\S+)/.exec(route)?.[1];
  if (device === undefined) return "1500";
  return (await readFile(`/sys/class/net/${device}/mtu`, "utf8")).trim();
}

/** Gives this machine's end its address. */
export async function raise(places: Places, link: Link): Promise<void> {
  await tool(places.name, ["ip", "address", "add", `${link.gateway}/30`, "dev", link.device]);
  await tool(places.name, ["ip", "link", "set", link.device, "up"]);
}

/** The way out: masquerading, and the loopback services of this machine that the guest needs, in one nft table of the machine's label. */
export async function openWayOut({ name, label }: Places, link: Link, forwarded: readonly Forwarded[]): Promise<void> {
  const redirects = forwarded.map(
    ({ protocol, address, port }) => `iifname "${link.device}" ip daddr ${link.gateway} ${protocol} dport ${String(port)} dnat to ${address}:${String(port)}`,
  );
  const rules = `table ip ${label}
delete table ip ${label}
table ip ${label} {
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
  await tool(name, ["nft", "-f", "-"], { input: rules });
  // Lets a redirect reach 127.0.0.1 from this one interface (ip-sysctl: route_localnet).
  if (forwarded.length > 0) await writeFile(`/proc/sys/net/ipv4/conf/${link.device}/route_localnet`, "1");
  await turnForwardingOn();
}

/** Removes the machine's nft table. Done already is done. */
export const closeWayOut = async ({ name, label }: Places): Promise<void> => {
  await tool(name, ["nft", "-f", "-"], { input: `table ip ${label}\ndelete table ip ${label}\n` });
};

const forwardingFile = "/proc/sys/net/ipv4/ip_forward";
/** Gone with the setting itself when this machine restarts. */
const forwardingWasOff = "/run/steading-lab-forwarding-was-off";

async function turnForwardingOn(): Promise<void> {
  if ((await readFile(forwardingFile, "utf8")).trim() !== "0") return;
  await writeFile(forwardingWasOff, "");
  await writeFile(forwardingFile, "1");
}

/** Sets IPv4 forwarding back as the first machine found it, once no machine has a network. */
export async function restoreForwarding(): Promise<void> {
  if ((await interfaces()).some((name) => /^steading\d+$/.test(name))) return;
  const wasOff = await readFile(forwardingWasOff).then(() => true, () => false);
  if (!wasOff) return;
  await writeFile(forwardingFile, "0");
  await rm(forwardingWasOff);
}
