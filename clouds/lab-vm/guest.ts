import { copyFile, link as hardLink, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Link } from "../lab/network.ts";
import type { Places } from "../lab/places.ts";
import { end, hasEnded, processesOf } from "../lab/processes.ts";
import { failure, tool, underSystemd } from "../lab/run.ts";
import { firmwareArgv, startTpm, tpmArgv } from "./firmware.ts";
import type { Boot } from "./firmware.ts";
import { ARGUMENTS, imageFiles, ROOT, SEED } from "./names.ts";
import type { MachineRecord } from "./record.ts";
import { seedOf } from "./seed.ts";

/** What differs from the image: all that the machine ever wrote. */
const overlay = "disk.qcow2";

/** QEMU's socket for commands. */
export const socketOf = (places: Places): string => join(places.home, "qmp");

const processes = (places: Places, program = /(^|\/)(qemu-system-x86_64|swtpm)$/): Promise<readonly number[]> =>
  processesOf(program, (argument) => argument.includes(`${places.home}/`));

/** True when the machine has power. */
export const isRunning = async (places: Places): Promise<boolean> => (await processes(places, /(^|\/)qemu-system-x86_64$/)).length > 0;

/** Gives the machine its disk. The image's files are shared with the cache, and stay when that is emptied. */
export async function makeDisk(places: Places, image: string): Promise<void> {
  for (const file of [imageFiles.disk, imageFiles.kernel, imageFiles.initrd]) {
    const own = join(places.home, file);
    await rm(own, { force: true });
    // Another file system cannot share them.
    await hardLink(join(image, file), own).catch(() => copyFile(join(image, file), own));
  }
  await tool(places.name, ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", imageFiles.disk, join(places.home, overlay)]);
}

/** An Ethernet address of those that are given out by no maker (IEEE 802, locally administered), from the network's number. */
const hardwareAddress = ({ block }: Link): string => `52:54:00:53:${[block >> 8, block & 255].map((byte) => byte.toString(16).padStart(2, "0")).join(":")}`;

/**
 * What starts the machine: QEMU with Debian's kernel, or the firmware from the disk. Emulated, one start in some fifty ends in a kernel that
 * panics while it patches itself (`Oops: int3`), and then starts again.
 */
const bootArgv = (places: Places, boot: Boot): readonly string[] =>
  boot === "kernel"
    ? ["-kernel", join(places.home, imageFiles.kernel), "-initrd", join(places.home, imageFiles.initrd), "-append", `root=UUID=${ROOT} ro ${ARGUMENTS} panic=10`]
    : firmwareArgv(places, boot);

/** A machine's home is named by its name, so no path in here has the comma that separates QEMU's options. */
const argvOf = (places: Places, { memory, acceleration, boot, tpm }: MachineRecord, link: Link): readonly [string, ...string[]] => [
  "qemu-system-x86_64",
  ...["-daemonize", "-nodefaults", "-no-user-config", "-display", "none", "-name", places.name],
  ...["-machine", `q35,kernel-irqchip=split,sata=off,smbus=off,vmport=off,smm=${boot === "secure-boot" ? "on" : "off"}`],
  ...["-accel", acceleration, "-cpu", acceleration === "kvm" ? "host" : "max,la57=off"],
  ...["-smp", String(Math.min(2, availableParallelism())), "-m", String(memory)],
  ...["-qmp", `unix:${socketOf(places)},server=on,wait=off`, "-serial", `file:${places.console}`],
  ...["-device", "intel-iommu,intremap=on", "-device", "virtio-rng-pci"],
  ...["-drive", `if=none,id=root,format=qcow2,file=${join(places.home, overlay)}`, "-device", "virtio-blk-pci,drive=root,serial=root,bootindex=1"],
  ...["-netdev", `tap,id=net,ifname=${link.device},script=no,downscript=no`],
  ...["-device", `virtio-net-pci,netdev=net,romfile=,mac=${hardwareAddress(link)}`],
  ...["-fw_cfg", `name=${SEED},file=${seedOf(places)}`],
  ...bootArgv(places, boot),
  ...(tpm ? tpmArgv(places) : []),
];

/** Turns the power on. The machine lives on when this process ends. */
export async function start(places: Places, record: MachineRecord, link: Link): Promise<void> {
  const systemd = await underSystemd();
  const unit = (name: string): readonly string[] => (systemd ? ["systemd-run", "--quiet", "--collect", `--unit=${name}`, "--property=Type=forking", "--"] : []);
  if (record.tpm) await startTpm(places, unit(`${places.label}-tpm`));
  await tool(places.name, ["env", ...unit(places.label), ...argvOf(places, record, link)]);
}

/**
 * Cuts the power: what the machine did not flush to its disk is lost. Of a qcow2 file that is so even for what this machine has
 * in its page cache, where the map of clusters was not written yet. Done already is done.
 */
export async function stop(places: Places): Promise<void> {
  let alive: readonly number[] = [];
  for (const deadline = Date.now() + 20_000; ; ) {
    const ending = await Promise.all(alive.map(async (pid) => ((await hasEnded(pid)) ? [] : [pid])));
    alive = [...new Set([...ending.flat(), ...(await processes(places))])];
    if (alive.length === 0) return;
    for (const pid of alive) end(pid);
    if (Date.now() > deadline) throw failure(places.name, `processes ${alive.join(", ")} do not end`);
    await sleep(20);
  }
}
