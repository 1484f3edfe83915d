import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { Issues } from "#model/issue.ts";

/** True when this process may do what root may. */
export const isRoot = (): boolean => process.getuid?.() === 0;

const cacheHome = (): string => (isRoot() ? "/var/cache" : (process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache")));
const stateHome = (): string => (isRoot() ? "/var/lib" : (process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local/state")));

/** Where finished root trees and disk images are kept, one per release, set of packages and way to boot. */
export const cacheDirectory = (): string => join(cacheHome(), "steading/lab");

/** Begins the name of everything of a cloud's machines: directory, nft tables, control groups, units. */
export type Prefix = "steading-lab" | "steading-vm";

/** Where all machines of a cloud live. */
export const machinesDirectory = (prefix: Prefix): string => join(stateHome(), prefix);

/** Everything that belongs to one machine. */
export interface Places {
  readonly name: string;
  /** Its name outside its home: of its nft table, and of its control group or unit. */
  readonly label: string;
  /** Holds all the others; mode 0700. */
  readonly home: string;
  /** The machine's `/`, or as much of it as differs between machines. */
  readonly root: string;
  /** What it was made with, as JSON; written last, so its presence means that the machine is whole. */
  readonly record: string;
  /** The private login key; `.pub` beside it. */
  readonly key: string;
  readonly knownHosts: string;
  /** `ssh -F <this> <name>` enters the machine. */
  readonly sshConfig: string;
  /** What the machine printed while it started. */
  readonly console: string;
}

/** The name is a host name, a file name, part of an nft table's and a control group's name. */
const nameForm = /^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$/;

/** The places of the machine `name`; an Issue where that cannot be a name. `cloud` is named in it. */
export function placesOf(cloud: string, prefix: Prefix, name: string): Places {
  if (!nameForm.test(name)) {
    const fix = "lower-case letters, digits and -, at most 42";
    throw new Issues([{ code: "cloud.name", at: cloud, path: "name", message: `${JSON.stringify(name)} cannot name a lab machine`, fix }]);
  }
  const home = join(machinesDirectory(prefix), name);
  return {
    name,
    label: `${prefix}-${name}`,
    home,
    root: join(home, "root"),
    record: join(home, "machine.json"),
    key: join(home, "id_ed25519"),
    knownHosts: join(home, "known_hosts"),
    sshConfig: join(home, "ssh_config"),
    console: join(home, "console.log"),
  };
}

/** Names of a cloud's machines that exist here, running or not, also half-made ones. */
export const machinesOf = async (prefix: Prefix): Promise<readonly string[]> =>
  (await readdir(machinesDirectory(prefix)).catch((): string[] => [])).filter((name) => nameForm.test(name)).sort();
