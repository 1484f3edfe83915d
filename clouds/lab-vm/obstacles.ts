import { access } from "node:fs/promises";
import { execa } from "execa";
import type { Issue } from "#model/issue.ts";
import { isRoot } from "../lab/places.ts";
import { missingPackages } from "../lab/tools.ts";
import { bootTools } from "./firmware.ts";
import type { Boot } from "./firmware.ts";

/** Debian package that brings each tool. */
const tools = {
  mmdebstrap: "mmdebstrap",
  "qemu-system-x86_64": "qemu-system-x86",
  "qemu-img": "qemu-utils",
  mke2fs: "e2fsprogs",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  nft: "nftables",
  ip: "iproute2",
} as const;

const issue = (message: string, fix: string): Issue => ({ code: "lab.obstacle", at: "lab-vm", path: "", message, fix });

const packagesIssue = (missing: readonly string[]): readonly Issue[] =>
  missing.length === 0 ? [] : [issue(`not installed: ${missing.join(", ")}`, `apt-get install --yes --no-install-recommends ${missing.join(" ")}`)];

/** Debian packages that a machine of this sort needs besides those of every lab VM, as an Issue where they are missing. */
export const extraObstacles = async (boot: Boot, tpm: boolean): Promise<readonly Issue[]> =>
  packagesIssue(await missingPackages({ ...bootTools(boot), ...(tpm ? { swtpm: "swtpm" } : {}) }));

/** What a lab VM cannot have here although it can be made: firmware, a TPM. */
export const vmLimits = async (): Promise<readonly Issue[]> => ((await vmObstacles()).length > 0 ? [] : extraObstacles("secure-boot", true));

/**
 * Why this machine cannot run a lab VM, each with the line that mends it; empty when it can.
 * Looks without changing anything.
 */
export async function vmObstacles(): Promise<readonly Issue[]> {
  if (process.platform !== "linux" || process.arch !== "x64")
    return [issue(`${process.platform} on ${process.arch} cannot install Debian for amd64`, "use a Linux machine with an x86-64 processor, or give the stack a real host")];
  const found: Issue[] = [];
  if (!isRoot()) found.push(issue("only root can give a virtual machine its own network", "run the command with sudo"));
  found.push(...packagesIssue(await missingPackages(tools)));
  if (found.length > 0) return found;
  if (!(await access("/dev/net/tun").then(() => true, () => false))) found.push(issue("there is no /dev/net/tun", "modprobe tun (a container: give it that device)"));
  const filter = await execa("nft", ["list", "tables"], { reject: false });
  if (filter.failed) found.push(issue(`nftables is refused: ${filter.stderr}`, "give this machine CAP_NET_ADMIN and a kernel with nf_tables"));
  return found;
}
