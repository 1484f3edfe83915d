import { connect } from "#host/connect.ts";
import { openHost } from "#host/session.ts";
import { apt } from "#model/apt.ts";
import { isFault } from "#model/fault.ts";
import type { Item } from "#model/kind.ts";
import { quote, quoteAll } from "#model/quote.ts";
import type { Run } from "#model/step.ts";
import { labMachine, labObstacle } from "../../support/lab.ts";
import { describeUnless } from "../../support/skip.ts";
import { held, rounds, soak, tried } from "../../support/soak.ts";
import { archiveScript } from "./archive.ts";
import { differenceOf, machineState } from "./machine-state.ts";

const FOLDERS = ["./etc", "./usr/lib/lab", "./usr/lib/systemd", "./var/lib/dpkg/info", "./var/lib/systemd", "./var/lib/steading"];
const install = (...names: readonly string[]): string => `DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install ${names.join(" ")}`;
const item = (name: string, more: object = {}): Item => ({ kind: "package", name, want: { package: name, ...more } });

/** A host, what is declared on it, what somebody does meanwhile, and what that leaves. */
interface Case {
  readonly name: string;
  readonly start?: string;
  /** Items by layer; layers are applied in this order. */
  readonly want: { readonly [layer: string]: readonly Item[] };
  readonly meanwhile?: string;
  /** Layers are destroyed in this order. @defaultValue that of `want`, backwards */
  readonly destroyed?: readonly string[];
  /** Names of what stays. */
  readonly left?: readonly string[];
}

const app = { app: [item("lab-app")] };

const cases: readonly Case[] = [
  { name: "a package with all that came along: metapackage, account, unit", want: app },
  { name: "a path in /etc that the package clears away, though it was there before", start: "echo mine >/etc/lab-shared; chmod 0600 /etc/lab-shared", want: app },
  { name: "what could be removed before, and was not", start: `${install("lab-orphan")}; apt-mark auto lab-orphan`, want: app },
  { name: "a package that had to make way", start: `${install("lab-rival")}; echo changed >/etc/lab-rival.conf`, want: app },
  { name: "a package that had to make way, and was there for others", start: `${install("lab-rival")}; apt-mark auto lab-rival`, want: app },
  { name: "configuration of a package that was removed", start: `${install("lab-app")}; echo changed >/etc/lab-app.conf; apt-get -q -y autoremove lab-app; systemctl stop lab-app`, want: app },
  { name: "the mark of what was there for others", start: `${install("lab-cousin")}; apt-mark auto lab-lib`, want: { app: [item("lab-lib")] } },
  { name: "a package that is not wanted, and those that need it", start: `${install("lab-app", "lab-friend")}; apt-mark auto lab-app lab-meta`, want: { app: [item("lab-meta", { state: "absent" })] } },
  { name: "a held package", want: { app: [item("lab-app", { hold: true }), item("lab-cousin")] } },
  { name: "one layer of two that need the same", want: { app: [item("lab-app")], cousin: [item("lab-cousin")] } },
  { name: "one layer of two that need the same, the older one first", want: { app: [item("lab-app")], cousin: [item("lab-cousin")] }, destroyed: ["app", "cousin"] },
  { name: "what came along with one layer and is declared by another, the older one first", want: { app: [item("lab-app")], library: [item("lab-lib")] }, destroyed: ["app", "library"] },
  { name: "what two layers declare", want: { app: [item("lab-app")], again: [item("lab-app")] }, destroyed: ["app", "again"] },
  { name: "all but what somebody's package needs by now", want: app, meanwhile: install("lab-cousin"), left: ["lab-cousin", "lab-lib"] },
  { name: "all but what somebody's package needs, the package itself too", want: app, meanwhile: install("lab-friend"), left: ["lab-app", "lab-friend", "lab-lib", "lab-lib-base", "lab-meta", "lab-orphan"] },
];

const obstacle = await labObstacle();
const lineOf = ({ argv, env = {}, each = [] }: Run): string => quoteAll(["env", ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...argv, ...each]);

const CUT = "apt that was cut off is taken back";

/** How often apt is cut off, from its beginning to its end. */
const ROUNDS = rounds(3, 50);

/** Steps that are cut off, and those that take them back. */
const steps: readonly { readonly name: string; readonly start?: string; readonly apply: Run; readonly undo: readonly Run[] }[] = [
  { name: "an installation", apply: apt.install("lab-slow"), undo: [apt.purge("lab-slow")] },
  { name: "an installation before which another package has to go", start: install("lab-rival"), apply: apt.install("lab-app"), undo: [apt.purge("lab-app")] },
  { name: "a removal", start: install("lab-slow"), apply: apt.remove("lab-lib"), undo: [apt.back("lab-lib", "1.0"), apt.auto("lab-lib")] },
];

/** The worst moments: a step that is cut off as soon as some condition of a shell holds, or whose undo is. */
const moments: readonly { readonly name: string; readonly start?: string; readonly apply: Run; readonly when?: string; readonly undo: Run; readonly undoWhen?: string }[] = [
  { name: "while a package is unpacked, before dpkg knows its files", apply: apt.install("lab-app"), when: "test -e /etc/lab-app.conf.dpkg-new", undo: apt.purge("lab-app") },
  { name: "while an account is made", apply: apt.install("lab-app"), when: "test -e /etc/passwd.lock", undo: apt.purge("lab-app") },
  { name: "before the new version of a package makes its account", start: install("lab-grown=1.0"), apply: apt.installVersion("lab-grown", "2.0"), when: "test -e /usr/lib/lab/grown-more", undo: apt.back("lab-grown", "1.0") },
  { name: "while a user goes", apply: apt.install("lab-app"), undo: apt.purge("lab-app"), undoWhen: "! grep -q ^lab-app: /etc/passwd" },
  { name: "while what came along goes", apply: apt.install("lab-app"), undo: apt.purge("lab-app"), undoWhen: "! test -s /var/lib/dpkg/info/lab-lib-base.list" },
  { name: "while a group goes", apply: apt.install("lab-app"), undo: apt.purge("lab-app"), undoWhen: "! grep -q ^lab-app: /etc/group" },
];

/** What is there, and a change that takes it away. */
const offline: readonly (readonly [string, string, Item])[] = [
  ["a package and those that need it", `${install("lab-app", "lab-friend")}; apt-mark auto lab-app lab-meta; systemctl -q disable --now lab-app`, item("lab-meta", { state: "absent" })],
  ["a package that had to make way", install("lab-rival"), item("lab-app")],
  ["the version before", install("lab-grown=1.0"), item("lab-grown", { version: "2.0" })],
  ["changed configuration", `${install("lab-rival")}; echo changed >/etc/lab-rival.conf`, item("lab-rival", { state: "absent" })],
];

/** All cases on both releases in the soak; else every second one, in turn on one release and the other. */
const ofRelease = <T>(all: readonly T[], release: number): readonly T[] => all.filter((_, index) => soak || index % 4 === (release % 2) * 2);

describeUnless(obstacle === undefined, obstacle ?? "").each([12, 13] as const)("packages taken back on Debian %i", (release) => {
  const machine = labMachine(release, { label: `packages-${release.toString()}` });
  const on = async (script: string): Promise<string> => (await connect(machine.connection()).exchange(`{ ${script}\n} 2>&1 </dev/null`)).stdout.toString();
  const state = () => machineState(machine.connection(), FOLDERS);
  const tidy = "apt-get -q -y --allow-change-held-packages purge 'lab-*'; systemctl stop lab-app; rm -rf /etc/lab-*; userdel lab-app; userdel lab-grown; rm -rf /var/lib/steading; systemctl daemon-reload; systemctl reset-failed";
  beforeAll(async () => {
    expect(await on(archiveScript)).toContain("Reading package lists");
  }, 60_000);
  afterEach(async () => {
    await on(tidy);
  }, 60_000);

  test.each(ofRelease(cases, release).map((one) => [one.name, one] as const))("gives back %s", async (_, { start = "true", want, meanwhile = "true", destroyed = Object.keys(want).reverse(), left = [] }) => {
    await on(`${start}\nmkdir -p -m 0700 /var/lib/steading/originals`);
    const before = await state();
    const session = openHost(machine.connection());
    const layer = (name: string) => ({ project: "p", stack: "s", layer: name });
    for (const [name, items] of Object.entries(want)) {
      await session.apply(await session.plan(layer(name), items, []));
      expect((await session.plan(layer(name), items, items)).empty).toBe(true);
    }
    await on(meanwhile);
    for (const name of destroyed) await session.apply(await session.plan(layer(name), [], want[name] ?? []));
    await session.close();
    await on("test -e /var/lib/steading || mkdir -p -m 0700 /var/lib/steading/originals");
    const differs = differenceOf(before, await state());
    if (left.length === 0) expect(differs).toEqual([]);
    else expect(differs.flatMap((line) => /^\+ package (\S+) installed/.exec(line)?.[1] ?? [])).toEqual(left);
    expect(await on("dpkg --audit")).toBe("");
  }, 120_000);

  /** Runs a step, and kills all of it with -9 after so many seconds; tells whether it was cut off. */
  const cut = async (line: string, seconds: number): Promise<boolean> =>
    (await on(`umask 077; setsid sh -c ${quote(line)} & timeout ${seconds.toFixed(2)} tail --pid=$! -f /dev/null && exit\npkill -9 -s $!; wait; echo cut`)).endsWith("cut\n");

  /** Runs a step, and kills all of it with -9 once a condition holds. */
  const cutWhen = async (line: string, condition: string): Promise<void> => {
    await on(`umask 077; setsid sh -c ${quote(line)} & until ${condition}; do kill -0 $! || exit; done 2>/dev/null\npkill -9 -s $!; wait`);
  };

  test.each(ofRelease(moments, release))("takes back what was cut off $name", async ({ start = "true", apply, when, undo, undoWhen }) => {
    await on(`${start}\nmkdir -p -m 0700 /var/lib/steading/originals`);
    const before = await state();
    await (when === undefined ? on(lineOf(apply)) : cutWhen(lineOf(apply), when));
    if (undoWhen !== undefined) await cutWhen(lineOf(undo), undoWhen);
    expect(differenceOf(before, await state())).not.toEqual([]);
    await on(lineOf(undo));
    expect({ differs: differenceOf(before, await state()), audit: await on("dpkg --audit") }).toEqual({ differs: [], audit: "" });
  }, 120_000);

  test.each(ofRelease(offline, release))("a change that fails gives back %s, though nothing can be downloaded", async (name, start, change) => {
    await on(`${start}\nmkdir -p -m 0700 /var/lib/steading/originals`);
    const before = await state();
    // What apt has to ask the archive for, it gets before the archive is gone.
    const fails: Item = { kind: "command", name: "fails", want: { probe: ["false"], apply: ["sh", "-c", "mv /opt/lab-archive /opt/gone; rm -f /var/cache/apt/archives/*.deb; false"], undo: ["true"], running: true, risk: "none", needs: ["package:*"] } };
    const session = openHost(machine.connection());
    const error: unknown = await session.apply(await session.plan({ project: "p", stack: "s", layer: "l" }, [change, fails], [])).catch((reason: unknown) => reason);
    await session.close();
    await on("mv /opt/gone /opt/lab-archive; test -e /var/lib/steading || mkdir -p -m 0700 /var/lib/steading/originals");
    expect({ name, error: isFault(error) ? [error.code, error.hostState] : error, differs: differenceOf(before, await state()), audit: await on("dpkg --audit") }).toEqual({ name, error: ["command.failed", "reverted"], differs: [], audit: "" });
  }, 120_000);

  test("an account stays as long as the version of a package that made it", async () => {
    await on(`${install("lab-grown=1.0")}\n${lineOf(apt.installVersion("lab-grown", "2.0"))}\n${lineOf(apt.install("lab-meta"))}\n${lineOf(apt.purge("lab-meta"))}`);
    expect(await on("id -un lab-grown; dpkg-query -W -f '${Status}' lab-meta")).toMatch(/^lab-grown\n.*no packages found/s);
    await on(lineOf(apt.back("lab-grown", "1.0")));
    expect(await on("id -un lab-grown; test -e /var/lib/steading/packages && echo notes")).toMatch(/no such user\n$/);
  }, 60_000);

  if (!soak) return;
  // Where the cuts fall is chance, so it takes many.
  test.each(steps)("takes back $name that was cut off anywhere", async ({ start = "true", apply, undo }) => {
    await on(`${start}\nmkdir -p -m 0700 /var/lib/steading/originals`);
    const before = await state();
    const begun = performance.now();
    await on(lineOf(apply));
    const whole = (performance.now() - begun) / 1000;
    const takeBack = undo.map(lineOf).join("\n");
    await on(takeBack);
    expect(differenceOf(before, await state())).toEqual([]);
    const cuts: boolean[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      tried(CUT);
      cuts.push(await cut(lineOf(apply), ((round + Math.random()) / ROUNDS) * whole));
      if (round % 2 === 1) await cut(takeBack, Math.random() * whole);
      await on(takeBack);
      expect({ round, differs: differenceOf(before, await state()), audit: await on("dpkg --audit") }).toEqual({ round, differs: [], audit: "" });
      held(CUT);
    }
    expect(cuts).toContain(true);
  }, 60_000 * ROUNDS);
});
