import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execaSync } from "execa";
import type { SshConnection } from "#model/connection.ts";
import { startSshd } from "./sshd.ts";
import { busyboxTree } from "./tree.ts";

/** Many hosts behind one sshd, each with an address of loopback and a root directory of its own. */
export interface Fleet {
  /** How all are reached; the address is another for each. */
  readonly connection: SshConnection;
  readonly addresses: readonly string[];
  /** The directory that is a host's `/`. */
  readonly root: (address: string) => string;
  /** Logins so far. */
  readonly handshakes: () => number;
  readonly stop: () => Promise<void>;
}

const addressOf = (index: number): string => `127.1.${String(index >> 8)}.${String(index & 255)}`;

/** Copies of one tree that share its files: what is changed by renaming is changed in one only. */
function copyTree(tree: string, parent: string, names: readonly string[]): void {
  mkdirSync(parent);
  execaSync("sh", ["-c", 'tree=$1; cd "$2"; while read -r name; do cp -al "$tree" "$name"; done', "sh", tree, parent], { input: names.map((name) => `${name}\n`).join("") });
}

/** Starts sshd(8) on all of loopback, with its limits as they come, and a tree for each host. Needs root. */
export async function startFleet(count: number): Promise<Fleet> {
  const directory = mkdtempSync("/run/steading-fleet-");
  const template = busyboxTree(directory);
  const addresses = Array.from({ length: count }, (_, index) => addressOf(index + 1));
  const hosts = join(directory, "hosts");
  copyTree(template.root, hosts, addresses);
  // The third word of SSH_CONNECTION is the address that the client asked for (ssh(1)).
  const enter = join(directory, "enter");
  writeFileSync(enter, `#!/bin/sh\nset -- $SSH_CONNECTION\nexec chroot ${hosts}/$3 /bin/sh -c "$SSH_ORIGINAL_COMMAND"\n`, { mode: 0o755 });
  const sshd = await startSshd(undefined, { address: "0.0.0.0", settings: ["AllowUsers root@127.0.0.0/8", `ForceCommand ${enter}`] });
  return {
    connection: sshd.connection,
    addresses,
    root: (address) => join(hosts, address),
    handshakes: sshd.handshakes,
    stop: async () => {
      await sshd.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What is in a host's file; undefined where it is not there. */
export function textIn(fleet: Fleet, address: string, path: string): string | undefined {
  try {
    return readFileSync(join(fleet.root(address), path), "utf8");
  } catch {
    return undefined;
  }
}
