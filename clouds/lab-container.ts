import { mkdir, readdir, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { defineCloud } from "#model/cloud.ts";
import type { CloudContext, Machine } from "#model/cloud.ts";
import { Issues } from "#model/issue.ts";
import { flag, list, oneOf, optional, propsOf, text } from "#model/schema.ts";
import type { Schema } from "#model/schema.ts";
import * as guest from "./lab-container/guest.ts";
import { giveIdentity, giveWayOut, writeSshFiles } from "./lab-container/identity.ts";
import { alone } from "./lab-container/lock.ts";
import { closeLink, linkOf, openLink, openWayOut, restoreForwarding } from "./lab-container/network.ts";
import { labObstacles, treeObstacles } from "./lab-container/obstacles.ts";
import { isRoot, machinesDirectory, placesOf } from "./lab-container/places.ts";
import type { Places } from "./lab-container/places.ts";
import { readRecord, writeRecord } from "./lab-container/record.ts";
import type { MachineRecord } from "./lab-container/record.ts";
import { rightsHere } from "./lab-container/rights.ts";
import { cachedRoot, copyTree, removeCachedRoots, removeTree } from "./lab-container/root.ts";
import { failure } from "./lab-container/run.ts";
import { readSite } from "./lab-container/site.ts";

export { labObstacles, missingLabPackages, treeObstacles } from "./lab-container/obstacles.ts";

/** Desired lab machine, as written in a stack. */
export interface LabContainerProps {
  /** Debian release. */
  release: 12 | 13;
  /** Who logs in: `root`, or `admin`, who goes on through sudo without a password. @defaultValue `root` */
  user?: "root" | "admin";
  /** More Debian packages in its tree. @defaultValue none */
  packages?: readonly string[];
  /** Whether its init runs. @defaultValue true where this machine can boot one */
  booted?: boolean;
}

const release: Schema<12 | 13> = { json: { type: "integer", enum: [12, 13], "x-fix": "12 or 13" } };

const props = propsOf<LabContainerProps>()({
  release,
  user: optional(oneOf("root", "admin")),
  packages: optional(list(text(/^[a-z0-9][a-z0-9+.-]+$/, "a Debian package name"))),
  booted: optional(flag),
});

/** The name is a host name, a file name, part of an nft table's and a control group's name. */
const nameForm = /^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$/;

function placesFor(name: string): Places {
  if (nameForm.test(name)) return placesOf(name);
  const fix = "lower-case letters, digits and -, at most 42";
  throw new Issues([{ code: "cloud.name", at: "lab-container", path: "name", message: `${JSON.stringify(name)} cannot name a lab machine`, fix }]);
}

const machineOf = (places: Places, { booted, block, user, hostKey }: MachineRecord): Machine => ({
  id: places.name,
  connection:
    booted && block !== undefined
      ? { via: "ssh", address: linkOf(block).address, user, hostKey, identityFile: places.key }
      : { via: "tree", root: places.root },
});

/** How long a machine may take to start before that is a fault; it takes about a second. */
const START_MS = 90_000;

/** Names of the machines that exist here, running or not, also half-made ones. */
export const labMachines = async (): Promise<readonly string[]> =>
  (await readdir(machinesDirectory()).catch((): string[] => [])).filter((name) => nameForm.test(name)).sort();

/** Makes the tree, keys and record where an interrupted run did not finish them. */
async function ensureTree(places: Places, want: LabContainerProps, context: CloudContext): Promise<MachineRecord> {
  const known = await readRecord(places);
  if (known !== undefined) {
    if (known.release === want.release) return known;
    throw failure(places.name, `it exists with Debian ${String(known.release)}; destroy it first`);
  }
  if (isRoot()) await guest.stop(places);
  const obstacles = want.booted === false ? [] : await labObstacles();
  if (want.booted === true && obstacles.length > 0) throw new Issues(obstacles);
  for (const { message, fix } of obstacles) context.progress(`cannot boot a machine here, making an unbooted tree: ${message} (${fix})`);
  const site = await readSite();
  const base = await cachedRoot(want.release, want.packages ?? [], site, context);
  const rights = await rightsHere();
  await mkdir(places.home, { recursive: true, mode: 0o700 });
  await removeTree(places.root, rights);
  await copyTree(base, places.root, rights, context.signal);
  const hostKey = await giveIdentity(places, rights);
  const booted = want.booted !== false && obstacles.length === 0;
  // A tree shares this machine's network; a booted one is given its way out when it starts.
  if (!booted) await giveWayOut(places, site);
  const record = { release: want.release, user: want.user ?? "root", packages: want.packages ?? [], booted, hostKey } as const;
  await writeRecord(places, record);
  return record;
}

/** Waits until the machine lets us in with the pinned key and its start is over. */
async function answers(places: Places, signal: AbortSignal): Promise<void> {
  const ask = ["-F", places.sshConfig, "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "--", places.name, "systemctl is-system-running --wait"];
  for (const deadline = Date.now() + START_MS; ; ) {
    const { stdout, stderr } = await execa("ssh", ask, { reject: false, stdin: "ignore", cancelSignal: signal });
    signal.throwIfAborted();
    if (/^(running|degraded)$/m.test(stdout)) return;
    if (Date.now() > deadline) throw failure(places.name, `does not answer: ${stderr}${stdout} (it printed into ${places.console})`);
    await sleep(100);
  }
}

/** Starts a machine that does not run. Network first: the guest finds its addresses already there. */
async function boot(places: Places, record: MachineRecord, context: CloudContext): Promise<MachineRecord> {
  context.progress(`starting ${places.name} (Debian ${record.release})`);
  await guest.stop(places);
  const started = await alone("network", context.signal, async () => {
    const link = await openLink(places, record.block);
    const forwarded = await giveWayOut(places, await readSite(), link.gateway);
    await openWayOut(places, link, forwarded);
    return { ...record, block: link.block };
  });
  await writeRecord(places, started);
  await writeSshFiles(places, linkOf(started.block), record.user, record.hostKey);
  await guest.start(places, record.release);
  return started;
}

async function create(places: Places, want: LabContainerProps, context: CloudContext): Promise<Machine> {
  const record = await ensureTree(places, want, context);
  if (!record.booted) return machineOf(places, record);
  const runs = record.block !== undefined && (await guest.isRunning(places));
  const running = runs ? record : await boot(places, record, context);
  await answers(places, context.signal);
  return machineOf(places, running);
}

async function read(places: Places, context: CloudContext): Promise<Machine | undefined> {
  const record = await readRecord(places);
  if (record === undefined || !record.booted) return record && machineOf(places, record);
  if (record.block !== undefined && (await guest.isRunning(places))) return machineOf(places, record);
  const started = await boot(places, record, context);
  await answers(places, context.signal);
  return machineOf(places, started);
}

async function destroy(places: Places, context: CloudContext): Promise<void> {
  if (isRoot()) {
    await guest.stop(places);
    await guest.endSessions(places);
  }
  const booted = (await readRecord(places))?.booted !== false;
  await alone("network", context.signal, async () => {
    if (isRoot() && booted) await closeLink(places);
    await removeTree(places.home, await rightsHere());
    if ((await labMachines()).length > 0) return;
    if (isRoot()) await restoreForwarding();
    await rm(machinesDirectory(), { recursive: true, force: true });
  });
}

/**
 * A Debian 12 or 13 machine in seconds: systemd, sshd and apt in a container of this machine, with a private network and a
 * way out to Debian's archive. `kernel.*` and other settings that belong to the shared kernel cannot be changed in it.
 *
 * The id is the name. The machine outlives the process that made it, and is started again when it is found stopped.
 */
export const labContainer = defineCloud<LabContainerProps>({
  cloud: "lab-container",
  props,
  create: (name, want, context) => {
    const places = placesFor(name);
    return alone(places.home, context.signal, () => create(places, want, context));
  },
  read: (id, context) => {
    const places = placesFor(id);
    return alone(places.home, context.signal, () => read(places, context));
  },
  destroy: (id, context) => {
    const places = placesFor(id);
    return alone(places.home, context.signal, () => destroy(places, context));
  },
  list: labMachines,
  obstacles: treeObstacles,
  limits: labObstacles,
  forget: removeCachedRoots,
  replaceOn: ["release", "packages", "booted"],
});
