import { access, constants, readFile, writeFile } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { cacheDirectory } from "../lab/places.ts";
import { mortal } from "../lab/run.ts";
import { imageFiles } from "./names.ts";

/** What runs the machine: this machine's processor, or QEMU's emulation of one, about ten times slower. */
export type Acceleration = "kvm" | "tcg";

/** How long a kernel may take to find that it has no root. It takes about a second where KVM works, for ever where it does not. */
const TRIAL_MS = 20_000;

/** The kernel ends when it finds no root, and QEMU with it. */
const trial = (kernel: string): readonly [string, ...string[]] => [
  ...mortal,
  "qemu-system-x86_64",
  ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-serial", "stdio"],
  ...["-machine", "q35", "-accel", "kvm", "-cpu", "host", "-m", "512"],
  ...["-kernel", kernel, "-append", "console=ttyS0 panic=-1 root=/dev/none"],
];

async function tryKvm(image: string, signal: AbortSignal): Promise<boolean> {
  const [file, ...args] = trial(join(image, imageFiles.kernel));
  const { all } = await execa(file, args, { reject: false, all: true, stdin: "ignore", timeout: TRIAL_MS, killSignal: "SIGKILL", cancelSignal: signal });
  signal.throwIfAborted();
  return all.includes("Kernel panic");
}

/**
 * `kvm` where this machine's processor runs Debian's kernel of that image, else `tcg`.
 * /dev/kvm alone proves nothing: under some hypervisors a kernel hangs in it. So it is tried, once per kernel of this machine.
 */
export async function acceleration(image: string, signal: AbortSignal): Promise<Acceleration> {
  if (!(await access("/dev/kvm", constants.R_OK | constants.W_OK).then(() => true, () => false))) return "tcg";
  const verdict = join(cacheDirectory(), `kvm-on-${release()}`);
  const known = await readFile(verdict, "utf8").catch(() => "");
  if (known === "kvm" || known === "tcg") return known;
  const found = (await tryKvm(image, signal)) ? "kvm" : "tcg";
  await writeFile(verdict, found);
  return found;
}
