import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { giveIdentity, giveWayOut } from "../lab/identity.ts";
import { uplinkMtu } from "../lab/network.ts";
import type { Link } from "../lab/network.ts";
import type { Places } from "../lab/places.ts";
import { rightsHere } from "../lab/rights.ts";
import { tool } from "../lab/run.ts";
import type { Site } from "../lab/site.ts";
import { imageFiles } from "./names.ts";

/** The archive of what differs per machine. */
export const seedOf = (places: Places): string => join(places.home, "seed.tar");

const networkFile = "etc/systemd/network/10-lab.network";

/** What is in the archive, from `/`. The machine id is last: it says that all the others are there. */
const contents = [
  "etc/hostname",
  "etc/hosts",
  "etc/resolv.conf",
  "etc/apt/apt.conf.d/90steading-lab",
  "etc/ssh/ssh_host_ed25519_key",
  "etc/ssh/ssh_host_ed25519_key.pub",
  networkFile,
  "root/.ssh",
  "home/admin/.ssh",
  "etc/machine-id",
] as const;

const networkText = (link: Link, mtu: string): string => `[Match]
Type=ether

[Network]
Address=${link.address}/30
LinkLocalAddressing=no
IPv6AcceptRA=no

[Route]
Gateway=${link.gateway}
MTUBytes=${mtu}
`;

/** Writes what makes a copy of the image in the directory `image` this very machine. Returns the public host key. */
export async function writeSeed(places: Places, image: string, link: Link, site: Site): Promise<string> {
  await rm(places.root, { recursive: true, force: true });
  for (const directory of ["etc/ssh", "etc/apt/apt.conf.d", "etc/systemd/network"]) await mkdir(join(places.root, directory), { recursive: true });
  await copyFile(join(image, imageFiles.passwd), join(places.root, "etc/passwd"));
  const hostKey = await giveIdentity(places, await rightsHere());
  await giveWayOut(places, site, link.gateway);
  await writeFile(join(places.root, networkFile), networkText(link, await uplinkMtu()));
  await tool(places.name, ["tar", "--create", `--file=${seedOf(places)}`, `--directory=${places.root}`, ...contents]);
  return hostKey;
}
