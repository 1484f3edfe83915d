import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "#host/connect.ts";
import { kindNamed } from "#host/kinds.ts";
import { labContainer, labObstacles } from "#clouds/lab-container.ts";
import type { LabContainerProps } from "#clouds/lab-container.ts";
import { resetMachine } from "#clouds/lab-vm.ts";
import { openHost } from "#host/session.ts";
import { survey } from "#host/survey.ts";
import type { Change } from "#model/change.ts";
import type { Machine } from "#model/cloud.ts";
import type { Connection } from "#model/connection.ts";
import type { Item, Kind } from "#model/kind.ts";
import { quoteAll } from "#model/quote.ts";
import { lawsOn } from "../../support/kind-laws.ts";
import type { Sample } from "../../support/kind-laws.ts";
import { labVm, quietly, VM_PATIENCE_MS, vmObstacle } from "../../support/lab.ts";
import { describeUnless } from "../../support/skip.ts";
import { soak } from "../../support/soak.ts";

const FOLDER = new URL("../../kinds/", import.meta.url);

/** Every kind that has samples, with those for such a machine. */
async function samplesByKind(where: "machine" | "vm"): Promise<readonly { readonly kind: Kind; readonly samples: readonly Sample<object>[] }[]> {
  const names = readdirSync(FOLDER).flatMap((file) => /^(.+)\.samples\.ts$/.exec(file)?.[1] ?? []);
  return Promise.all(
    names.map(async (name) => {
      const { samples } = (await import(new URL(`${name}.samples.ts`, FOLDER).href)) as { samples: readonly Sample<object>[] };
      const kind = await kindNamed(name);
      if (!kind) throw new Error(`there are samples of ${name}, but no kind`);
      return { kind, samples: samples.filter(({ on }) => on.includes(where)) };
    }),
  );
}

/** Installs packages on a machine: quicker than a tree of its own for this set of packages. */
async function install(to: Connection, packages: readonly string[]): Promise<void> {
  const command = quoteAll(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-qq", "-y", ...packages]);
  const answer = await connect(to).exchange(`{ apt-get update -qq && ${command}; } 2>&1 </dev/null`);
  if (answer.exitCode !== 0) throw new Error(`packages cannot be installed: ${answer.stdout.toString()}`);
}

/** Restarts a machine, and waits until it is up again. */
async function restart(to: Connection): Promise<void> {
  await connect(to).exchange("touch /run/steading-before; systemctl reboot").catch(() => undefined);
  for (let attempt = 0; attempt < 60; attempt += 1) {
    await sleep(1000);
    const answer = await connect(to).exchange("test -e /run/steading-before || systemctl is-system-running --wait").catch(() => undefined);
    if (answer && answer.stdout.length > 0) return;
  }
  throw new Error("the machine did not come back");
}

/** Every kind that finds its instances on a host. */
const lookingKinds = async (): Promise<readonly Kind[]> => (await samplesByKind("machine")).map(({ kind }) => kind).filter(({ survey: look }) => look !== undefined);

/** Brings a machine to all items at once, restarts it, and finds nothing to do, and nothing that a kind takes for what it is not; then takes everything back. */
async function survivesRestart(to: Connection, items: readonly Item[], again: () => Promise<unknown> = () => restart(to)): Promise<readonly Change[]> {
  const owner = { project: "laws", stack: "restart", layer: "laws" };
  const before = openHost(to);
  await before.apply(await before.plan(owner, items, []));
  await before.close();
  await again();
  const after = openHost(to);
  const plan = await after.plan(owner, items, items);
  const found = await survey(after, owner, await lookingKinds());
  await after.apply(await after.plan(owner, [], items));
  await after.close();
  expect(plan.actions.filter(({ action }) => action !== "none")).toEqual([]);
  expect(found.items.length).toBeGreaterThan(0);
  expect(found.unmanaged.filter(({ why }) => why.startsWith("it differs"))).toEqual([]);
  return plan.actions.flatMap(({ changes }) => changes);
}

/** Items that must be so after a restart. */
const bootItems = (all: Awaited<ReturnType<typeof samplesByKind>>): readonly Item[] =>
  all.flatMap(({ kind, samples }) => samples.filter(({ boots }) => boots === true).map(({ name, want }): Item => ({ kind: kind.kind, name, want })));

/** A machine that is made before the tests and destroyed after them, with packages. */
function labMachine(name: string, want: LabContainerProps, packages: readonly string[]): () => Connection {
  const context = { progress: () => undefined, signal: new AbortController().signal };
  let machine: Machine | undefined;
  beforeAll(async () => {
    machine = await labContainer.create(`${name}-${process.pid.toString()}`, want, context);
    await install(machine.connection, packages);
  }, 240_000);
  afterAll(async () => {
    if (machine) await labContainer.destroy(machine.id, context);
  }, 60_000);
  return () => {
    if (!machine) throw new Error("the machine was not made");
    return machine.connection;
  };
}

/** All packages that samples ask for. */
const packagesOf = (all: Awaited<ReturnType<typeof samplesByKind>>): readonly string[] =>
  [...new Set(all.flatMap(({ samples }) => samples.flatMap((sample) => sample.packages ?? [])))].sort();

/** Registers the laws of all kinds on one booted machine of a Debian release. */
export async function lawsOnDebian(release: 12 | 13): Promise<void> {
  const all = await samplesByKind("machine");
  const [obstacle] = await labObstacles();
  describeUnless(obstacle === undefined, obstacle?.message ?? "")(`kinds on Debian ${release.toString()}`, () => {
    const connection = labMachine(`laws-${release.toString()}`, { release }, packagesOf(all));
    // Every second kind on one release, the others on the other; in the soak each on both.
    const here = all.filter((_, index) => soak || index % 2 === release % 2);
    // In the soak all of them.
    for (const { kind, samples } of here) if (samples.length > 0) lawsOn(`Debian ${release.toString()}`, connection, kind, soak ? samples : samples.slice(0, 2));
    if (!soak && release === 12) return;
    const items = bootItems(all);
    test("everything that is declared survives a restart of the machine", async () => {
      expect(items.length).toBeGreaterThan(0);
      await survivesRestart(connection(), items);
    }, 180_000);
  });
}

/** Registers the laws of kinds that change the kernel or how it starts, on a virtual machine of a Debian release with GRUB. */
export async function lawsOnVm(release: 12 | 13): Promise<void> {
  const all = await samplesByKind("vm");
  const obstacle = await vmObstacle();
  describeUnless(obstacle === undefined, obstacle ?? "")(`kinds on a virtual machine with Debian ${release.toString()}`, () => {
    const lab = labVm(release, { boot: "uefi", label: "laws" });
    for (const { kind, samples } of all) if (samples.length > 0) lawsOn("a virtual machine", lab.connection, kind, samples);
    test("everything that is declared survives a reset, and is in force then", async () => {
      const items = bootItems(all);
      expect(new Set(items.map(({ kind }) => kind))).toEqual(new Set(["kernel-argument", "kernel-module", "sysctl"]));
      expect(await survivesRestart(lab.connection(), items, () => resetMachine(lab.name, "reset", quietly))).toEqual([]);
    }, VM_PATIENCE_MS);
  });
}

/** Registers the laws of all kinds on an unbooted tree of a Debian release, from the state that nobody touched: what starts and tampers do needs a running system. */
export async function lawsOnUnbootedDebian(release: 12 | 13): Promise<void> {
  const all = await samplesByKind("machine");
  const isRoot = process.getuid?.() === 0;
  describeUnless(isRoot, "entering a tree needs root")(`kinds on an unbooted Debian ${release.toString()}`, () => {
    const connection = labMachine(`laws-tree-${release.toString()}`, { release, booted: false }, packagesOf(all));
    for (const { kind, samples } of all) {
      const calm = samples.map(({ starts: _starts, tampers: _tampers, survives: _survives, ...sample }) => sample);
      // What differs between samples of a kind is seen on machines that run.
      if (calm.length > 0) lawsOn(`an unbooted Debian ${release.toString()}`, connection, kind, soak ? calm : calm.slice(0, 1));
    }
  });
}
