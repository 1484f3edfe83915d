import { execa } from "execa";
import { isRoot } from "./places.ts";
import { mortal } from "./run.ts";

/** How this process can act as root of a directory tree. */
export interface Rights {
  /** Before a command that handles the tree's files: makes it root of them, whoever owns them outside. */
  readonly asOwner: readonly string[];
  /**
   * Before mmdebstrap(1): the same, in namespaces that end with it. Whatever kills the build, no process and no mount stays.
   * Undefined where none of the ways is open.
   */
  readonly builder: readonly [string, ...string[]] | undefined;
  /** Steps of mmdebstrap(1) that are refused here. */
  readonly skip: readonly string[];
}

const namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"] as const;
/** user_namespaces(7): we are root inside, further users come from subuid(5). */
const userNamespace = ["unshare", "--map-root-user", "--map-auto"] as const;

const works = async (argv: readonly [string, ...string[]]): Promise<boolean> => {
  const [file, ...args] = argv;
  return !(await execa(file, args, { reject: false, stdio: "ignore" })).failed;
};

/** What this process may do. Looks without changing anything. */
export async function rightsHere(): Promise<Rights> {
  if (!isRoot()) {
    const builder = [...mortal, ...userNamespace, ...namespaces] as const;
    return { asOwner: userNamespace, builder: (await works([...builder, "true"])) ? builder : undefined, skip: [] };
  }
  const builder = [...mortal, "unshare", ...namespaces] as const;
  if (await works([...builder, "true"])) return { asOwner: [], builder, skip: [] };
  return { asOwner: [], builder: mortal, skip: ["check/canmount", "chroot/mount"] };
}
