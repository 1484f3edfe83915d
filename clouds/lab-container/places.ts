import { homedir } from "node:os";
import { join } from "node:path";

/** True when this process may do what root may. */
export const isRoot = (): boolean => process.getuid?.() === 0;

const cacheHome = (): string => (isRoot() ? "/var/cache" : (process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache")));
const stateHome = (): string => (isRoot() ? "/var/lib" : (process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local/state")));

/** Where finished root trees are kept, one per release and set of packages. */
export const cacheDirectory = (): string => join(cacheHome(), "steading/lab");

/** Where all machines live. */
export const machinesDirectory = (): string => join(stateHome(), "steading-lab");

/** Everything that belongs to one machine. */
export interface Places {
  readonly name: string;
  /** Holds all the others; mode 0700. */
  readonly home: string;
  /** The machine's `/`. */
  readonly root: string;
  /** `MachineRecord` as JSON; written last, so its presence means that the tree is whole. */
  readonly record: string;
  /** The private login key; `.pub` beside it. */
  readonly key: string;
  readonly knownHosts: string;
  /** `ssh -F <this> <name>` enters the machine. */
  readonly sshConfig: string;
  /** The machine's network namespace, kept alive by a mount on this file. */
  readonly network: string;
  /** What the machine printed while it started. */
  readonly console: string;
}

/** The places of the machine `name`. */
export function placesOf(name: string): Places {
  const home = join(machinesDirectory(), name);
  return {
    name,
    home,
    root: join(home, "root"),
    record: join(home, "machine.json"),
    key: join(home, "id_ed25519"),
    knownHosts: join(home, "known_hosts"),
    sshConfig: join(home, "ssh_config"),
    network: join(home, "network"),
    console: join(home, "console.log"),
  };
}
