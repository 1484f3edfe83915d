import { mkdir, rm } from "node:fs/promises";
import { defineCloud } from "#model/cloud.ts";
import type { CloudContext, Machine } from "#model/cloud.ts";
import { Issues } from "#model/issue.ts";
import { flag, list, oneOf, optional, propsOf, text } from "#model/schema.ts";
import type { Schema } from "#model/schema.ts";
import { answers } from "./lab/answers.ts";
import { giveIdentity, giveWayOut, writeSshFiles } from "./lab/identity.ts";
import { alone } from "./lab/lock.ts";
import { linkOf, openWayOut, restoreForwarding } from "./lab/network.ts";
import { isRoot, machinesDirectory, machinesOf, placesOf } from "./lab/places.ts";
import type { Places } from "./lab/places.ts";
import { endSessions } from "./lab/processes.ts";
import { writeRecord } from "./lab/record.ts";
import { rightsHere } from "./lab/rights.ts";
import { cachedRoot, copyTree, removeCachedRoots, removeTree } from "./lab/root.ts";
import { claim } from "./lab/owner.ts";
import { failure } from "./lab/run.ts";
import { readSite } from "./lab/site.ts";
import * as guest from "./lab-container/guest.ts";
import { closeLink, openLink } from "./lab-container/link.ts";
import { labObstacles, treeObstacles } from "./lab-container/obstacles.ts";
import { readRecord } from "./lab-container/record.ts";
import type { MachineRecord } from "./lab-container/record.ts";

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

const PREFIX = "steading-lab";
const placesFor = (name: string): Places => placesOf("lab-container", PREFIX, name);

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
export const labMachines = (): Promise<readonly string[]> => machinesOf(PREFIX);

/** Makes the tree, keys and record where an interrupted run did not finish them. */
async function ensureTree(places: Places, want: LabContainerProps, context: CloudContext): Promise<MachineRecord> {
  const known = await readRecord(places);
  await claim(places, context, known !== undefined);
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
  await answers(places, START_MS, context.signal);
  return machineOf(places, running);
}

async function read(places: Places, context: CloudContext): Promise<Machine | undefined> {
  const record = await readRecord(places);
  if (record === undefined || !record.booted) return record && machineOf(places, record);
  if (record.block !== undefined && (await guest.isRunning(places))) return machineOf(places, record);
  const started = await boot(places, record, context);
  await answers(places, START_MS, context.signal);
  return machineOf(places, started);
}

async function destroy(places: Places, context: CloudContext): Promise<void> {
  if (isRoot()) {
    await guest.stop(places);
    await endSessions(places);
  }
  const booted = (await readRecord(places))?.booted !== false;
  await alone("network", context.signal, async () => {
    if (isRoot() && booted) await closeLink(places);
    await removeTree(places.home, await rightsHere());
    if (isRoot()) await restoreForwarding();
    if ((await labMachines()).length === 0) await rm(machinesDirectory(PREFIX), { recursive: true, force: true });
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
