import { checkProps } from "#model/check-props.ts";
import { openHost } from "#host/session.ts";
import type { HostSession } from "#host/session.ts";
import { connect } from "#host/connect.ts";
import { isDifference } from "#model/change.ts";
import type { Connection } from "#model/connection.ts";
import type { Item, Kind, Reads } from "#model/kind.ts";
import { quoteAll } from "#model/quote.ts";
import { run } from "#model/step.ts";
import { secret } from "#model/value.ts";
import type { Json } from "#model/value.ts";
import { describeUnless } from "./skip.ts";
import { busyboxTree, treeObstacle } from "./tree.ts";

/** A state that a host is put in before a law is tried. */
export interface Start {
  /** Ends the sentence "from a host where …". */
  readonly name: string;
  /** Commands that bring it about, word by word. */
  readonly arrange: readonly (readonly string[])[];
  /** Commands that clear it away. */
  readonly tidy: readonly (readonly string[])[];
}

/** Something that happens to a host on which all is as wanted. */
export interface Event {
  /** Ends the sentence "after …". */
  readonly name: string;
  /** Commands, word by word. */
  readonly run: readonly (readonly string[])[];
}

/** One want of a kind that the laws are tried with. */
export interface Sample<P extends object> {
  /** What it is: "a directory for one user". */
  readonly name: string;
  readonly want: P;
  /** Start states besides the untouched host. */
  readonly starts?: readonly Start[];
  /** What is seen as a difference, and repaired by the next apply. */
  readonly tampers?: readonly Event[];
  /** What changes nothing: a service that is restarted, a daemon that reloads. */
  readonly survives?: readonly Event[];
  /** `tree`: a busybox root without systemd, packages or glibc; `machine`: a booted Debian; `vm`: one with a kernel and a boot loader of its own. */
  readonly on: readonly ("tree" | "machine" | "vm")[];
  /** It is still so after a restart; tried together with all other such samples, so their subjects must differ. */
  readonly boots?: boolean;
  /** Debian packages that the machine must have. */
  readonly packages?: readonly string[];
  /** Keys of `want` that the program declares as secrets. */
  readonly secrets?: readonly (keyof P & string)[];
  /** Paths below /etc that may differ after undo, and why in a comment beside it. */
  readonly leaves?: RegExp;
  /** Undo is impossible by declaration. */
  readonly irreversible?: boolean;
}

/** Files that Debian's own tools keep as they go: locks, and copies of the account files before their last change. */
const KEPT_BY_TOOLS = /^\.\/etc\/(\.pwd\.lock|(passwd|group|shadow|gshadow|subuid|subgid)-|ld\.so\.cache)$/;

/** Every file, link and directory below /etc with owner, mode and digest. */
const LIST_ETC = `cd / && { find ./etc -exec stat -c '%n %a %u:%g %F' {} + ; find ./etc -type f -exec sha256sum {} + ; find ./etc -type l -exec stat -c '%n %N' {} + ; } | sort`;

/** A busy machine takes its time; the slowest law makes a locale three times. */
const PATIENCE_MS = 120_000;

const owner = { project: "laws", stack: "laws", layer: "laws" };

/** The item as a program declares it, secrets wrapped. */
const declared = <P extends object>(kind: string, { want, secrets = [] }: Sample<P>): Item => ({
  kind,
  name: "sample",
  want: Object.fromEntries(Object.entries(want).map(([key, value]: [string, Json]) => [key, secrets.some((name) => name === key) ? secret(value) : value])),
});

/** The text of a sample's secrets. */
const secretTexts = <P extends object>({ want, secrets = [] }: Sample<P>): readonly string[] => secrets.map((key) => String(want[key]));

/** Registers the laws that need no machine: the schema, the JSON round trip, and all others on a busybox tree where samples ask for it. */
export function kindLaws<P extends object, R extends Reads>(kind: Kind<P, R>, samples: readonly Sample<P>[]): void {
  describe(`laws of ${kind.kind}`, () => {
    test.each(samples.map((sample) => [sample.name, sample] as const))("%s fits the schema, and survives JSON", (_, { want }) => {
      const back = JSON.parse(JSON.stringify(want)) as P;
      expect(checkProps(kind.props, back as Json, "sample")).toEqual([]);
      expect(back).toEqual(want);
      expect(kind.owns(back)).toEqual(kind.owns(want));
      expect(kind.owns(want).length).toBeGreaterThan(0);
    });
    const onTree = samples.filter(({ on }) => on.includes("tree"));
    if (onTree.length === 0) return;
    describeUnless(treeObstacle === undefined, treeObstacle ?? "")("on a tree", () => {
      let tree: ReturnType<typeof busyboxTree>;
      beforeAll(() => { tree = busyboxTree(); });
      afterAll(() => { tree.remove(); });
      lawsOn("a busybox tree", () => ({ via: "tree", root: tree.root }), kind, onTree);
    });
  });
}

/** Registers the laws of samples on a host: one test per sample and start state. */
export function lawsOn<P extends object, R extends Reads>(host: string, connection: () => Connection, kind: Kind<P, R>, samples: readonly Sample<P>[]): void {
  const untouched: Start = { name: "nobody touched", arrange: [], tidy: [] };
  const cases = samples.flatMap((sample) => [untouched, ...(sample.starts ?? [])].map((start) => [`${kind.kind}: ${sample.name}`, start.name, sample, start] as const));
  test.each(cases)(`%s: on ${host} that %s, it converges once and comes back`, async (_sample, _start, sample, start) => {
    const session = openHost(connection());
    await arrange(connection(), start.arrange);
    try {
      await holdLaws(session, connection(), kind, sample);
    } finally {
      await arrange(connection(), start.tidy);
      await session.close();
    }
  }, PATIENCE_MS);
  const upset = samples.filter(({ tampers = [], survives = [] }) => tampers.length + survives.length > 0).map((sample) => [`${kind.kind}: ${sample.name}`, sample] as const);
  if (upset.length > 0)
    test.each(upset)(`%s: on ${host}, drift is seen and repaired`, async (_, sample) => {
      const session = openHost(connection());
      try {
        await repairs(session, connection(), declared(kind.kind, sample), sample);
      } finally {
        await session.apply(await session.plan(owner, [], [declared(kind.kind, sample)]));
        await session.close();
      }
    }, PATIENCE_MS);
}

/** Brings a host to an item, and lets things happen to it. */
async function repairs<P extends object>(session: HostSession, to: Connection, item: Item, { tampers = [], survives = [] }: Sample<P>): Promise<void> {
  const differing = async () => (await session.plan(owner, [item], [item])).actions.flatMap(({ changes }) => changes).filter(isDifference).map(({ field }) => field);
  await session.apply(await session.plan(owner, [item], []));
  for (const { name, run: commands } of survives) {
    await arrange(to, commands);
    expect({ after: name, differs: await differing() }).toEqual({ after: name, differs: [] });
  }
  for (const { name, run: commands } of tampers) {
    await arrange(to, commands);
    expect({ after: name, isSeen: (await differing()).length > 0 }).toEqual({ after: name, isSeen: true });
    await session.apply(await session.plan(owner, [item], [item]));
    expect({ after: name, differs: await differing() }).toEqual({ after: name, differs: [] });
  }
}

/** Runs commands on a host as they are; all must succeed. */
async function arrange(to: Connection, commands: readonly (readonly string[])[]): Promise<void> {
  if (commands.length === 0) return;
  const answer = await connect(to).exchange(`set -e\n{ ${commands.map(quoteAll).join("\n")}\n} 2>&1 </dev/null`);
  if (answer.exitCode !== 0) throw new Error(`the start state cannot be arranged: ${answer.stdout.toString()}`);
}

async function holdLaws<P extends object, R extends Reads>(session: HostSession, to: Connection, kind: Kind<P, R>, sample: Sample<P>): Promise<void> {
  const item = declared(kind.kind, sample);
  const reads = Object.entries<Reads[string]>(kind.reads(sample.want));
  const look = async () => {
    const answers = await session.probe(reads.map(([, read]) => read));
    return { booted: answers.booted, have: Object.fromEntries(reads.map(([name, read]) => [name, answers.get(read)])), entries: answers.ledger.entries };
  };
  const etc = async () => (await connect(to).exchange(LIST_ETC)).stdout.toString().split("\n").filter((line) => !line.split(" ").some((word) => KEPT_BY_TOOLS.test(word) || sample.leaves?.test(word) === true));
  const before = await look();
  const etcBefore = await etc();

  const plan = await session.plan(owner, [item], []);
  if (sample.irreversible !== true) {
    // A host that was cut off may undo what never began: as if each item had one step, which fails.
    const actions = plan.actions.map((action) => ({ ...action, steps: [run(["false"])] }));
    await expect(session.apply({ ...plan, empty: false, actions, reactions: [] })).rejects.toMatchObject({ hostState: "reverted" });
    expect((await look()).have).toEqual(before.have);
    expect(await etc()).toEqual(etcBefore);
  }
  if (!before.booted) expect(plan.actions.flatMap(({ steps }) => steps).filter((step) => step.do === "run" && step.running === true)).toEqual([]);
  const said: string[] = [JSON.stringify(plan.actions.map(({ changes }) => changes))];
  await session.apply(plan, ({ text }) => said.push(text));

  const again = await session.plan(owner, [item], [item]);
  expect(again.actions.flatMap(({ changes }) => changes).filter(isDifference)).toEqual([]);
  expect(again.empty).toBe(true);
  const applied = await look();
  await session.apply(again, ({ text }) => said.push(text));
  expect(await look()).toEqual(applied);

  const undo = await session.plan(owner, [], [item]);
  await session.apply(undo, ({ text }) => said.push(text));
  const after = await look();
  expect(after.entries).toEqual([]);
  for (const text of secretTexts(sample)) {
    expect(text.length).toBeGreaterThan(3);
    expect(said.join("\n")).not.toContain(text);
  }
  if (sample.irreversible === true) return;
  expect(after.have).toEqual(before.have);
  expect(await etc()).toEqual(etcBefore);
}
