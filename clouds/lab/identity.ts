import { randomUUID } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Link } from "./network.ts";
import type { Places } from "./places.ts";
import type { Rights } from "./rights.ts";
import { tool } from "./run.ts";
import { siteSeenFrom } from "./site.ts";
import type { Forwarded, Site } from "./site.ts";

/** `type base64` of a public key file, without its comment. */
const publicKey = async (path: string): Promise<string> => (await readFile(path, "utf8")).trim().split(" ").slice(0, 2).join(" ");

async function makeKey(places: Places, path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(`${path}.pub`, { force: true });
  await tool(places.name, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", places.name, "-f", path]);
}

/** Lets the login key in as the user whose number in the tree is `id`. */
async function admit(places: Places, rights: Rights, home: string, id: string): Promise<void> {
  const directory = join(places.root, home, ".ssh");
  const install = [...rights.asOwner, "install", `--owner=${id}`, `--group=${id}`] as const;
  await tool(places.name, ["env", ...install, "--mode=0700", "--directory", directory]);
  await tool(places.name, ["env", ...install, "--mode=0600", `${places.key}.pub`, join(directory, "authorized_keys")]);
}

/** The number of `admin` in the tree. */
async function adminId(places: Places): Promise<string> {
  const line = (await readFile(join(places.root, "etc/passwd"), "utf8")).split("\n").find((entry) => entry.startsWith("admin:"));
  return line?.split(":")[2] ?? "0";
}

/** Makes a fresh tree this very machine: its name, id, host key and login key. Returns the public host key. */
export async function giveIdentity(places: Places, rights: Rights): Promise<string> {
  const etc = join(places.root, "etc");
  await writeFile(join(etc, "machine-id"), `${randomUUID().replaceAll("-", "")}\n`);
  await writeFile(join(etc, "hostname"), `${places.name}\n`);
  await writeFile(join(etc, "hosts"), `127.0.0.1 localhost\n127.0.1.1 ${places.name}\n::1 localhost ip6-localhost ip6-loopback\n`);
  const hostKey = join(etc, "ssh/ssh_host_ed25519_key");
  await makeKey(places, hostKey);
  await makeKey(places, places.key);
  await admit(places, rights, "root", "0");
  await admit(places, rights, "home/admin", await adminId(places));
  return publicKey(`${hostKey}.pub`);
}

/** Writes how the machine reaches the world; returns what of this machine's loopback it needs for that. */
export async function giveWayOut(places: Places, site: Site, gateway?: string): Promise<readonly Forwarded[]> {
  const seen = siteSeenFrom(site, gateway);
  await writeFile(join(places.root, "etc/resolv.conf"), seen.resolvConf);
  await writeFile(join(places.root, "etc/apt/apt.conf.d/90steading-lab"), seen.aptConf);
  return seen.forwarded;
}

/** Writes what ssh(1) needs to enter: `ssh -F <home>/ssh_config <name>`. */
export async function writeSshFiles(places: Places, link: Link, user: string, hostKey: string): Promise<void> {
  await writeFile(places.knownHosts, `${link.address} ${hostKey}\n`);
  const config = `Host ${places.name}
  HostName ${link.address}
  User ${user}
  IdentityFile ${places.key}
  IdentitiesOnly yes
  UserKnownHostsFile ${places.knownHosts}
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
`;
  await writeFile(places.sshConfig, config);
}
