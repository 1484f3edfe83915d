import { execa } from "execa";
import type { Issue } from "#model/issue.ts";
import { isRoot } from "../lab/places.ts";
import { rightsHere } from "../lab/rights.ts";
import { isInstalled, missingPackages } from "../lab/tools.ts";

/** Debian package that brings each tool. */
const tools = {
  mmdebstrap: "mmdebstrap",
  "systemd-nspawn": "systemd-container",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  nft: "nftables",
  ip: "iproute2",
  unshare: "util-linux",
} as const;

const issue = (message: string, fix: string): Issue => ({ code: "lab.obstacle", at: "lab-container", path: "", message, fix });

/** Debian packages that this machine lacks for lab machines, in alphabetical order. */
export const missingLabPackages = (): Promise<readonly string[]> => missingPackages(tools);

const linuxOnly = (): readonly Issue[] =>
  process.platform === "linux" ? [] : [issue(`${process.platform} cannot run Debian's programs`, "use a Linux machine, or give the stack a real host")];

/**
 * Why this machine cannot even make an unbooted tree, each with the line that mends it; empty when it can.
 * Looks without changing anything.
 */
export async function treeObstacles(): Promise<readonly Issue[]> {
  const platform = linuxOnly();
  if (platform.length > 0) return platform;
  if (!(await isInstalled("mmdebstrap"))) return [issue("not installed: mmdebstrap", "apt-get install --yes mmdebstrap")];
  if ((await rightsHere()).builder !== undefined) return [];
  return [issue("neither root nor a user with namespaces and numbers of its own (subuid)", "run the command with sudo, or: apt-get install --yes uidmap")];
}

/**
 * Why this machine cannot boot a lab machine, each with the line that mends it; empty when it can.
 * Looks without changing anything.
 */
export async function labObstacles(): Promise<readonly Issue[]> {
  const found: Issue[] = [...linuxOnly()];
  if (!isRoot()) found.push(issue("only root can boot a container with its own network", "run the command with sudo"));
  const missing = await missingLabPackages();
  if (missing.length > 0) found.push(issue(`not installed: ${missing.join(", ")}`, `apt-get install --yes ${missing.join(" ")}`));
  if (found.length > 0) return found;
  const rights = await execa("unshare", ["--mount", "--net", "--pid", "--fork", "mount", "-t", "tmpfs", "none", "/mnt"], { reject: false });
  if (rights.failed) found.push(issue(`mounts or namespaces are refused: ${rights.stderr}`, "give this machine CAP_SYS_ADMIN (a container: run it privileged)"));
  const filter = await execa("nft", ["list", "tables"], { reject: false });
  if (filter.failed) found.push(issue(`nftables is refused: ${filter.stderr}`, "give this machine CAP_NET_ADMIN and a kernel with nf_tables"));
  return found;
}
