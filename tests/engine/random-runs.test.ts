import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { checkIntegrity } from "#engine/integrity.ts";
import { openStack } from "#engine/open-stack.ts";
import type { OpenStack } from "#engine/open-stack.ts";
import { destroy } from "#engine/operations/destroy.ts";
import { preview } from "#engine/operations/preview.ts";
import { refresh } from "#engine/operations/refresh.ts";
import type { RunOptions } from "#engine/operations/run.ts";
import { up } from "#engine/operations/up.ts";
import type { TargetOptions } from "#engine/targets.ts";
import type { OperationType, ResourceState, Snapshot } from "#engine/snapshot.ts";
import { nameOf } from "#engine/urn.ts";
import { canonical, reveal } from "#model/value.ts";
import type { ResourceProvider } from "#provider/contract.ts";
import { expProvider, expWorld } from "../support/exp.ts";
import type { ExpWorld } from "../support/exp.ts";
import { expEnvironment, expStack } from "../support/exp-stack.ts";
import type { ExpStack } from "../support/exp-stack.ts";
import { held, rounds, soak, tried } from "../support/soak.ts";
import type { Plan, PlannedBox } from "../fixtures/programs/plan.ts";

const CASES = rounds(300, 10_000);
/** Runs that go wrong, before one that goes well. */
const RUNS = rounds(2, 4);
const PROMISE = "after any failures, kills and full disks one healthy run ends it all";
const NAMES = ["a", "b", "c", "d", "e"];

/** What a run is, and what happens to it. */
interface Act {
  readonly operation: "up" | "up at once" | "preview" | "refresh" | "destroy";
  /** Whether the boxes misbehave as the program says. */
  readonly fails: boolean;
  /** What the run is about, as far as it is there. */
  readonly targets: TargetOptions | undefined;
  /** It reads what is there first. */
  readonly refresh: boolean;
  /** After that many writes of the state: `kill` ends everything, `disk` fails all further writes. */
  readonly end: { readonly how: "kill" | "disk"; readonly after: number } | undefined;
}

const box = (name: string): fc.Arbitrary<PlannedBox> =>
  fc.record(
    {
      name: fc.constant(name),
      args: fc.record({ size: fc.constantFrom("small", "big"), forceNew: fc.constantFrom("x", "y"), deleteFirst: fc.boolean(), fail: fc.constantFrom("create", "update", "delete", "init", "diff") }, { requiredKeys: [] }),
      dependsOn: fc.subarray(NAMES.slice(0, NAMES.indexOf(name))),
      // A box that the program does not have is as good as none.
      after: fc.constantFrom(...NAMES.slice(0, Math.max(1, NAMES.indexOf(name)))),
      inside: fc.constantFrom(...NAMES.slice(0, Math.max(1, NAMES.indexOf(name)))),
      secret: fc.constantFrom("s1", "s2"),
    },
    { requiredKeys: ["name"] },
  );

/** Boxes that take over, each from one or more that the program does not have. */
const renamed = (boxes: readonly PlannedBox[], takers: readonly number[]): readonly PlannedBox[] => {
  const absent = NAMES.filter((name) => boxes.every((one) => one.name !== name));
  return boxes.map((one, index) => {
    const aliases = absent.flatMap((name, at) => (takers[at] === index ? [{ name }] : []));
    return aliases.length === 0 ? one : { ...one, options: { aliases } };
  });
};

const program: fc.Arbitrary<Plan> = fc
  .subarray(NAMES)
  .chain((names) => fc.tuple(fc.tuple(...names.map(box)), fc.array(fc.nat(2 * NAMES.length), { maxLength: NAMES.length })))
  .map(([boxes, takers]) => ({ boxes: renamed(boxes, takers) }));

const act: fc.Arbitrary<Act> = fc.record({
  operation: fc.constantFrom("up", "up", "up at once", "preview", "refresh", "destroy"),
  fails: fc.boolean(),
  targets: fc.option(
    fc.record({ asked: fc.subarray(NAMES, { minLength: 1 }), mode: fc.constantFrom("target" as const, "exclude" as const), withDependents: fc.boolean() }),
    { nil: undefined, freq: 3 },
  ),
  refresh: fc.boolean(),
  end: fc.option(fc.record({ how: fc.constantFrom("kill" as const, "disk" as const), after: fc.nat(8) }), { nil: undefined, freq: 3 }),
});

const at = (fails: boolean): Act => ({ operation: "up", fails, targets: undefined, refresh: false, end: undefined });

/** What the soak has found. */
const FOUND: [runs: [Plan, Act][], last: Plan][] = [
  // A box in one that was replaced and cannot be deleted: it does not go with the other of that name.
  [
    [
      [{ boxes: [{ name: "c", args: { forceNew: "x", fail: "delete" } }, { name: "d", inside: "c" }] }, at(false)],
      [{ boxes: [{ name: "c" }] }, at(true)],
      [{ boxes: [] }, at(true)],
    ],
    { boxes: [] },
  ],
  // A killed run had taken a box out of another one: it does not go with that.
  [
    [
      [{ boxes: [{ name: "a", args: { forceNew: "y" } }, { name: "b" }, { name: "d", after: "a", inside: "a" }] }, at(false)],
      [{ boxes: [{ name: "a", args: { forceNew: "y" } }, { name: "b" }, { name: "c" }, { name: "d", after: "a" }] }, { ...at(false), end: { how: "kill", after: 2 } }],
    ],
    { boxes: [] },
  ],
  // A killed run had taken a box out of another one, and was deleting that one.
  [
    [
      [{ boxes: [{ name: "a" }, { name: "b" }, { name: "d", dependsOn: ["b"], after: "a", inside: "a" }, { name: "e", inside: "a" }] }, at(false)],
      [{ boxes: [{ name: "d" }] }, { ...at(false), refresh: true, end: { how: "kill", after: 3 } }],
      [{ boxes: [] }, { ...at(false), operation: "refresh" }],
    ],
    { boxes: [] },
  ],
  // A box that is excluded goes with another one that is made anew, and the program comes to both at once.
  [
    [
      [{ boxes: [{ name: "a" }, { name: "b", after: "a" }, { name: "c", inside: "b" }] }, at(false)],
      [
        { boxes: [{ name: "a" }, { name: "b", args: { size: "small", deleteFirst: true }, inside: "a", secret: "s1" }, { name: "c", args: { size: "small" }, after: "a", inside: "a", secret: "s1" }] },
        { ...at(false), targets: { asked: ["c"], mode: "exclude", withDependents: false } },
      ],
    ],
    { boxes: [] },
  ],
  // A killed run had taken a box out of another one; it was read, and then made anew while that one went.
  [
    [
      [{ boxes: [{ name: "a" }, { name: "c", args: { forceNew: "y" }, inside: "a" }] }, at(false)],
      [{ boxes: [{ name: "a" }, { name: "c", args: { forceNew: "y" } }] }, { ...at(false), end: { how: "kill", after: 1 } }],
    ],
    { boxes: [{ name: "b" }, { name: "c" }] },
  ],
  [
    [
      [{ boxes: [{ name: "a" }, { name: "c", args: { forceNew: "y" }, inside: "a" }] }, at(false)],
      [{ boxes: [{ name: "a" }, { name: "c", args: { forceNew: "y" } }] }, { ...at(false), end: { how: "kill", after: 1 } }],
      [{ boxes: [] }, { ...at(false), operation: "refresh" }],
    ],
    { boxes: [{ name: "b" }, { name: "c" }] },
  ],
  // A box cannot be taken out of another one, which is made anew meanwhile: it goes with that.
  [
    [
      [{ boxes: [{ name: "a" }, { name: "b", inside: "a" }] }, at(false)],
      [{ boxes: [{ name: "a", args: { forceNew: "x", deleteFirst: true }, secret: "s1" }, { name: "b", args: { fail: "diff" } }] }, { ...at(true), operation: "up at once" }],
      [{ boxes: [] }, at(false)],
    ],
    { boxes: [] },
  ],
  // A killed run was deleting a box with another one in it; a look at the outer one says nothing of the inner one.
  [
    [
      [
        { boxes: [{ name: "b" }, { name: "c" }, { name: "d" }, { name: "e", dependsOn: ["b"], inside: "d" }] },
        { ...at(false), targets: { asked: ["b", "d"], mode: "target", withDependents: true } },
      ],
      [{ boxes: [] }, { ...at(false), end: { how: "kill", after: 1 } }],
      [{ boxes: [] }, { ...at(false), refresh: true, targets: { asked: ["e"], mode: "exclude", withDependents: false } }],
    ],
    { boxes: [] },
  ],
];

/** A stack whose state is kept in memory, and the world it works on. */
class Bench {
  readonly world: ExpWorld = { ...expWorld(), unique: true, orphans: new Map(), along: new Set() };
  state: Snapshot | undefined;
  readonly #open: OpenStack;

  constructor(open: OpenStack) {
    this.#open = open;
  }

  /** The program's provider; once the run is killed, nothing that it does happens any more. */
  #provider(dead: () => boolean): ResourceProvider {
    const real = expProvider(this.world);
    const unlessDead = <T>(call: () => Promise<T>): Promise<T> => (dead() ? Promise.reject(new Error("killed")) : call());
    return { ...real, create: (request) => unlessDead(() => real.create(request)), update: (request) => unlessDead(() => real.update(request)), delete: (request) => unlessDead(() => real.delete(request)) };
  }

  async run(plan: Plan, { operation, fails, end, targets, refresh: refreshes }: Act): Promise<boolean> {
    this.world.spared = !fails;
    let [saves, dead] = [0, false];
    const config = { ...this.#open.config, values: { "expproj:plan": JSON.stringify(plan) } };
    const save = (next: Snapshot): Promise<void> => {
      if (end !== undefined && saves >= end.after) {
        dead = end.how === "kill";
        return Promise.reject(new Error("the disk is full"));
      }
      saves += 1;
      expect(checkIntegrity(next, "here")).toEqual([]);
      this.state = next;
      return Promise.resolve();
    };
    const stack: OpenStack = { ...this.#open, config, snapshot: this.state, save };
    const options = { loadProvider: () => Promise.resolve(this.#provider(() => dead)), onEvent: () => undefined, refresh: refreshes, ...this.#there(plan, targets) };
    const running = { up: () => up(stack, options), "up at once": () => up(stack, { ...options, skipPreview: true }), preview: () => preview(stack, options), refresh: () => refresh(stack, options), destroy: () => destroy(stack, options) }[operation]();
    const { succeeded } = await running;
    this.#remember();
    return succeeded;
  }

  /** The targets that there are. */
  #there({ boxes = [] }: Plan, targets: TargetOptions | undefined): Pick<RunOptions, "targets"> {
    const names = new Set([...boxes.map(({ name }) => name), ...(this.state?.resources ?? []).map(({ urn }) => nameOf(urn))]);
    const asked = targets?.asked.filter((name) => names.has(name)) ?? [];
    return targets === undefined || asked.length === 0 ? {} : { targets: { ...targets, asked } };
  }

  /** What is there and no state knows of, though it says that it was being made: a real provider finds it by its name. */
  #remember(): void {
    const known = new Set(this.state?.resources.map(({ id }) => id));
    this.world.orphans?.clear();
    const begun = new Set((this.state?.pendingOperations ?? []).filter(({ type }) => type === "creating").map(({ resource }) => reveal(resource.inputs["name"] ?? "")));
    for (const [id, { name }] of this.world.boxes) {
      const text = reveal(name ?? "");
      if (!known.has(id) && typeof text === "string" && begun.has(text)) this.world.orphans?.set(text, id);
    }
  }

  /** Where state and world are not the same: none, but for what was under way when a run was ended. */
  differences(): readonly string[] {
    const resources = (this.state?.resources ?? []).filter(({ type }) => type === "exp:index:Box");
    const pending = (is: OperationType, urn: string): boolean => (this.state?.pendingOperations ?? []).some(({ type, resource }) => type === is && [resource.urn, ...(resource.aliases ?? [])].includes(urn));
    const held = new Map(resources.map((state) => [state.id ?? "", state]));
    const lost = [...this.world.boxes.keys()].filter((id) => !held.has(id) && ![...(this.world.orphans?.values() ?? [])].includes(id));
    // What was replaced, and was in a box that went meanwhile, is only deleted once more; a refresh that finds that box gone cannot know of the other.
    const wentAlong = ({ id = "", delete: isReplaced, deletedWith }: ResourceState): boolean =>
      (isReplaced === true && this.world.along?.has(id) === true) ||
      (deletedWith !== undefined && (pending("deleting", deletedWith) || resources.some((other) => other.urn === deletedWith && wentAlong(other))));
    const gone = resources.filter((state) => !this.world.boxes.has(state.id ?? "") && state.pendingReplacement !== true && !pending("deleting", state.urn) && !wentAlong(state));
    const other = resources.filter(({ id, urn, outputs }) => {
      const there = this.world.boxes.get(id ?? "");
      return there !== undefined && !pending("updating", urn) && canonical(reveal(there)) !== canonical(reveal(outputs));
    });
    return [...lost.map((id) => `${id} is there, and nobody knows of it`), ...gone.map(({ urn }) => `${urn} is not there`), ...other.map(({ urn }) => `${urn} is otherwise`)];
  }
}

let directory: ExpStack;
let open: OpenStack;
beforeAll(async () => {
  directory = await expStack();
  await directory.program("plan", { plan: "{}" });
  await writeFile(join(directory.directory, "Pulumi.dev.yaml"), "");
  open = await openStack({ directory: directory.directory, stack: "dev", forChange: true, env: expEnvironment(directory.directory) });
});
afterAll(async () => {
  await open.close();
  await directory.remove();
});

test("whatever programs, failures, kills and full disks come: the state is sound and says what is there, and one healthy run ends it all", async () => {
  let [failed, killed, targeted] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(program, act), { minLength: 1, maxLength: RUNS }), program, async (runs, last) => {
      tried(PROMISE);
      const bench = new Bench(open);
      for (const [plan, does] of runs) {
        const succeeded = await bench.run(plan, does);
        failed += succeeded ? 0 : 1;
        targeted += succeeded && does.targets !== undefined ? 1 : 0;
        killed += (bench.state?.pendingOperations.length ?? 0) > 0 ? 1 : 0;
        expect(bench.differences()).toEqual([]);
      }
      const end: Act = { operation: "up", fails: false, end: undefined, targets: undefined, refresh: false };
      expect([await bench.run(last, end), bench.differences(), bench.state?.pendingOperations ?? []]).toEqual([true, [], []]);
      expect([...bench.world.boxes.values()].map(({ name }) => name).sort()).toEqual((last.boxes ?? []).map(({ name }) => name).sort());
      expect([await bench.run(last, { ...end, operation: "destroy" }), bench.world.boxes.size, bench.state?.resources]).toEqual([true, 0, []]);
      held(PROMISE);
    }),
    // The same cases in every run of all tests; the soak tries others each time.
    { numRuns: CASES, examples: FOUND, ...(soak ? {} : { seed: 1 }) },
  );
  // It would have seen something.
  expect([failed > CASES / 10, killed > CASES / 20, targeted > CASES / 10]).toEqual([true, true, true]);
}, 7_200_000);
