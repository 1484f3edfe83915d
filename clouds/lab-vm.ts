import { mkdir, rm } from "node:fs/promises";
import { defineCloud } from "#model/cloud.ts";
import type { CloudContext, Machine } from "#model/cloud.ts";
import { Issues } from "#model/issue.ts";
import { flag, integer, list, oneOf, optional, propsOf, text } from "#model/schema.ts";
import type { Schema } from "#model/schema.ts";
import { answers } from "./lab/answers.ts";
import { writeSshFiles } from "./lab/identity.ts";
import { alone } from "./lab/lock.ts";
import { openWayOut, restoreForwarding } from "./lab/network.ts";
import type { Link } from "./lab/network.ts";
import { isRoot, machinesDirectory, machinesOf, placesOf } from "./lab/places.ts";
import type { Places } from "./lab/places.ts";
import { endSessions } from "./lab/processes.ts";
import { writeRecord } from "./lab/record.ts";
import { removeCachedRoots } from "./lab/root.ts";
import { claim } from "./lab/owner.ts";
import { failure } from "./lab/run.ts";
import { readSite, siteSeenFrom } from "./lab/site.ts";
import { acceleration } from "./lab-vm/acceleration.ts";
import * as guest from "./lab-vm/guest.ts";
import { makeVariables } from "./lab-vm/firmware.ts";
import { cachedImage } from "./lab-vm/image.ts";
import { closeLink, openLink, reserveLink } from "./lab-vm/link.ts";
import { extraObstacles, vmLimits, vmObstacles } from "./lab-vm/obstacles.ts";
import { qmp } from "./lab-vm/qmp.ts";
import { readRecord } from "./lab-vm/record.ts";
import type { MachineRecord } from "./lab-vm/record.ts";
import { writeSeed } from "./lab-vm/seed.ts";

/** Desired lab machine, as written in a stack. */
export interface LabVmProps {
  /** Debian release. */
  release: 12 | 13;
  /** Who logs in: `root`, or `admin`, who goes on through sudo without a password. @defaultValue `root` */
  user?: "root" | "admin";
  /** More Debian packages on its disk. @defaultValue none */
  packages?: readonly string[];
  /** Memory in megabytes. @defaultValue 1024 */
  memory?: number;
  /** What starts it: its kernel directly, firmware and GRUB from its disk, or the same with secure boot. @defaultValue `kernel` */
  boot?: "kernel" | "uefi" | "secure-boot";
  /** Whether it has a TPM 2.0. @defaultValue false */
  tpm?: boolean;
}

const release: Schema<12 | 13> = { json: { type: "integer", enum: [12, 13], "x-fix": "12 or 13" } };

const props = propsOf<LabVmProps>()({
  release,
  user: optional(oneOf("root", "admin")),
  packages: optional(list(text(/^[a-z0-9][a-z0-9+.-]+$/, "a Debian package name"))),
  memory: optional(integer(256, 65_536, "megabytes, 256 to 65536")),
  boot: optional(oneOf("kernel", "uefi", "secure-boot")),
  tpm: optional(flag),
});

export { vmObstacles } from "./lab-vm/obstacles.ts";

const PREFIX = "steading-vm";
const placesFor = (name: string): Places => placesOf("lab-vm", PREFIX, name);

/** Names of the virtual machines that exist here, running or not, also half-made ones. */
export const labVms = (): Promise<readonly string[]> => machinesOf(PREFIX);

const machineOf = (places: Places, { address }: Link, { user, hostKey }: MachineRecord): Machine => ({
  id: places.name,
  connection: { via: "ssh", address, user, hostKey, identityFile: places.key },
});

/** How long a machine may take to start before that is a fault: emulated, on a busy machine. Idle, it takes 15 s. */
const START_MS = 300_000;

const linkFor = (places: Places, { signal }: CloudContext): Promise<Link> => alone("network", signal, () => reserveLink(places));

/** Makes the disk, keys and record where an interrupted run did not finish them. */
async function ensureDisk(places: Places, want: LabVmProps, context: CloudContext): Promise<MachineRecord> {
  const known = await readRecord(places);
  await claim(places, context, known !== undefined);
  if (known !== undefined) {
    if (known.release === want.release) return known;
    throw failure(places.name, `it exists with Debian ${String(known.release)}; destroy it first`);
  }
  const { boot = "kernel", tpm = false } = want;
  const obstacles = [...(await vmObstacles()), ...(await extraObstacles(boot, tpm))];
  if (obstacles.length > 0) throw new Issues(obstacles);
  await guest.stop(places);
  const site = await readSite();
  const image = await cachedImage(want.release, want.packages ?? [], boot === "kernel" ? "kernel" : "uefi", site, context);
  await mkdir(places.home, { recursive: true, mode: 0o700 });
  await guest.makeDisk(places, image);
  await makeVariables(places, boot);
  const hostKey = await writeSeed(places, image, await linkFor(places, context), site);
  const accelerated = await acceleration(image, context.signal);
  const record = { release: want.release, user: want.user ?? "root", memory: want.memory ?? 1024, boot, tpm, acceleration: accelerated, hostKey } as const;
  await writeRecord(places, record);
  return record;
}

/** Turns on a machine that is off. Network first. */
async function boot(places: Places, record: MachineRecord, context: CloudContext): Promise<void> {
  const how = record.acceleration === "kvm" ? "" : ", emulated: KVM does not work here";
  context.progress(`starting ${places.name} (Debian ${record.release}${how})`);
  const link = await alone("network", context.signal, async () => {
    const opened = await openLink(places);
    await openWayOut(places, opened, siteSeenFrom(await readSite(), opened.gateway).forwarded);
    return opened;
  });
  await writeSshFiles(places, link, record.user, record.hostKey);
  await guest.start(places, record, link);
}

/** The machine, turned on where it is off, once it answers. */
async function awake(places: Places, record: MachineRecord, context: CloudContext): Promise<Machine> {
  const running = await guest.isRunning(places);
  if (!running) await boot(places, record, context);
  await answers(places, START_MS, context.signal, () => guest.isRunning(places));
  return machineOf(places, await linkFor(places, context), record);
}

async function read(places: Places, context: CloudContext): Promise<Machine | undefined> {
  const record = await readRecord(places);
  if (record === undefined) return undefined;
  if (await guest.isRunning(places)) return machineOf(places, await linkFor(places, context), record);
  return awake(places, record, context);
}

async function destroy(places: Places, context: CloudContext): Promise<void> {
  if (!isRoot()) return;
  await guest.stop(places);
  await endSessions(places);
  await alone("network", context.signal, async () => {
    await closeLink(places);
    await rm(places.home, { recursive: true, force: true });
    await restoreForwarding();
    if ((await labVms()).length === 0) await rm(machinesDirectory(PREFIX), { recursive: true, force: true });
  });
}

/**
 * Stops a running machine as hard as can be. `power` is a power cut: what it had not flushed to its disk is lost, and it is off
 * until it is read again. `reset` is the button: the disk keeps what it was given, and the machine starts by itself.
 */
export async function interrupt(name: string, how: "power" | "reset", context: CloudContext): Promise<void> {
  const places = placesFor(name);
  await alone(places.home, context.signal, () => (how === "power" ? guest.stop(places) : qmp(guest.socketOf(places), "system_reset")));
}

/** Interrupts the machine, turns it on where it is off, and waits until it answers again. */
export async function resetMachine(name: string, how: "power" | "reset", context: CloudContext): Promise<Machine> {
  const places = placesFor(name);
  await interrupt(name, how, context);
  return alone(places.home, context.signal, async () => {
    const record = await readRecord(places);
    if (record === undefined) throw failure(name, "there is no such machine");
    return awake(places, record, context);
  });
}

/**
 * A Debian 12 or 13 machine with its own kernel, for what a container cannot show: modules, `kernel.*`, boot, power cuts. QEMU runs
 * it, with KVM where that works, else emulated; it has an IOMMU, a private network and a way out to Debian's archive.
 *
 * The id is the name. The machine outlives the process that made it, and is started again when it is found off.
 */
export const labVm = defineCloud<LabVmProps>({
  cloud: "lab-vm",
  props,
  create: (name, want, context) => {
    const places = placesFor(name);
    return alone(places.home, context.signal, async () => awake(places, await ensureDisk(places, want, context), context));
  },
  read: (id, context) => {
    const places = placesFor(id);
    return alone(places.home, context.signal, () => read(places, context));
  },
  destroy: (id, context) => {
    const places = placesFor(id);
    return alone(places.home, context.signal, () => destroy(places, context));
  },
  list: labVms,
  obstacles: vmObstacles,
  limits: vmLimits,
  forget: removeCachedRoots,
  replaceOn: ["release", "packages", "memory", "boot", "tpm"],
});
