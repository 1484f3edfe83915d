import { checkIntegrity } from "#engine/integrity.ts";
import { destroy } from "#engine/operations/destroy.ts";
import { preview } from "#engine/operations/preview.ts";
import { refresh } from "#engine/operations/refresh.ts";
import type { RunResult } from "#engine/operations/run.ts";
import { up } from "#engine/operations/up.ts";
import type { TargetOptions } from "#engine/targets.ts";
import { nameOf } from "#engine/urn.ts";
import type { JsonObject } from "#model/value.ts";
import { writes } from "../support/exp.ts";
import { expStack, runPlan } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import type { Plan, PlannedBox } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());

const urn = (name: string): string => `urn:pulumi:dev::expproj::exp:index:Box::${name}`;
const only = (...asked: readonly string[]): TargetOptions => ({ asked, mode: "target", withDependents: false });
const dependents = (...asked: readonly string[]): TargetOptions => ({ asked, mode: "target", withDependents: true });
const exclude = (...asked: readonly string[]): TargetOptions => ({ asked, mode: "exclude", withDependents: false });

const operations = { up, preview, refresh, destroy };

/** Runs an operation on some resources, and looks at what it leaves. */
const run = (plan: Plan, targets: TargetOptions | undefined, operation: keyof typeof operations = "up"): Promise<ExpRun> =>
  runPlan(stack, plan, async (open, options): Promise<RunResult> => {
    const save: typeof open.save = async (snapshot) => {
      expect(checkIntegrity(snapshot, "here")).toEqual([]);
      await open.save(snapshot);
    };
    return operations[operation]({ ...open, save }, targets === undefined ? options : { ...options, targets });
  });

/** Code and place of each mistake, and what it says. */
const refusals = ({ diagnostics }: ExpRun): readonly string[] => diagnostics.flatMap(({ issues = [] }) => issues.map(({ code, at, path, message }) => `${code} ${path === "" ? (at.split("::").at(-1) ?? "") : path}: ${message}`));
const boxes = async (): Promise<ReadonlyMap<string, JsonObject>> =>
  new Map((await stack.resources()).flatMap((state) => (state["type"] === "exp:index:Box" && typeof state["urn"] === "string" ? [[nameOf(state["urn"]), state] as const] : [])));

const big = (name: string, more: Partial<PlannedBox> = {}): PlannedBox => ({ name, ...more, args: { size: "big" } });
const chain: readonly PlannedBox[] = [{ name: "a" }, { name: "b", from: "a" }, { name: "c", dependsOn: ["b"] }, { name: "d" }];
const bigChain = chain.map((box) => big(box.name, box));

describe("up", () => {
  const group: Plan = { groups: [{ name: "g", count: 2 }] };
  const bigGroup: Plan = { groups: [{ name: "g", count: 2, args: { size: "big" } }] };
  const stories: readonly { name: string; first: Plan; then: Plan; targets: TargetOptions; writes: readonly string[] }[] = [
    { name: "one by its URN", first: { boxes: chain }, then: { boxes: bigChain }, targets: only(urn("b")), writes: ["update b"] },
    { name: "some by their names", first: { boxes: chain }, then: { boxes: bigChain }, targets: only("a", "d"), writes: ["update a", "update d"] },
    { name: "some by a wildcard in the last part", first: { boxes: chain }, then: { boxes: bigChain }, targets: only("urn:pulumi:dev::expproj::exp:index:Box::*"), writes: ["update a", "update d", "update b", "update c"] },
    { name: "some by a wildcard over colons", first: group, then: bigGroup, targets: only("**$exp:index:Box::g-1"), writes: ["update g-1"] },
    { name: "a component without what is in it", first: group, then: bigGroup, targets: only("g"), writes: [] },
    { name: "a component with what is in it", first: group, then: bigGroup, targets: dependents("g"), writes: ["update g-0", "update g-1"] },
    { name: "with all that depends on it", first: { boxes: chain }, then: { boxes: bigChain }, targets: dependents("b"), writes: ["update b", "update c"] },
    { name: "all but some", first: { boxes: chain }, then: { boxes: bigChain }, targets: exclude("b", "d"), writes: ["update a", "update c"] },
    { name: "all but one and what depends on it", first: { boxes: chain }, then: { boxes: bigChain }, targets: { ...exclude("b"), withDependents: true }, writes: ["update a", "update d"] },
    { name: "a new one only", first: {}, then: { boxes: chain }, targets: only("a"), writes: ["create a"] },
    { name: "a new one with what it needs", first: {}, then: { boxes: chain }, targets: only("a", "b"), writes: ["create a", "create b"] },
    { name: "a new one that needs what is there", first: { boxes: chain }, then: { boxes: [...bigChain, { name: "e", from: "a" }] }, targets: only("e"), writes: ["create e"] },
    { name: "a deletion only", first: { boxes: chain }, then: {}, targets: only("c"), writes: ["delete c"] },
    { name: "a deletion with what depends on it", first: { boxes: chain }, then: {}, targets: dependents("b"), writes: ["delete c", "delete b"] },
    { name: "deletions of all but some, and what these need", first: { boxes: chain }, then: {}, targets: exclude("b"), writes: ["delete d", "delete c"] },
    { name: "a deletion of what nothing needs any more", first: { boxes: chain }, then: { boxes: [{ name: "b" }] }, targets: dependents("a"), writes: ["update b", "delete c", "delete a"] },
    { name: "a renamed one by its old name", first: { boxes: [{ name: "a" }] }, then: { boxes: [{ name: "z", args: { name: "a", size: "big" }, options: { aliases: [{ name: "a" }] } }] }, targets: only("a"), writes: ["update a"] },
    { name: "a provider that serves others, which stay", first: { providers: [{ name: "p", config: { zone: "x" } }], boxes: [{ name: "a", provider: "p" }] }, then: { providers: [{ name: "p", config: { zone: "y" } }], boxes: [big("a", { provider: "p" })] }, targets: only("p"), writes: [] },
  ];

  test.each(stories)("changes $name, and the others stay as they are", async ({ first, then, targets, ...expected }) => {
    expect((await run(first, undefined)).errors).toBe("");
    const before = await boxes();
    const seen = await run(then, targets, "preview");
    expect([seen.errors, writes(stack.world)]).toEqual(["", []]);
    const done = await run(then, targets);
    expect(done.errors).toBe("");
    // What is made at once may come in any order.
    expect([...writes(stack.world)].sort()).toEqual([...expected.writes].sort());
    const touched = new Set(writes(stack.world).map((call) => call.split(" ")[1] ?? ""));
    const after = await boxes();
    for (const [name, state] of before) if (!touched.has(name)) expect([name, after.get(name)]).toEqual([name, state]);
    // What is done is what the preview showed, and all the rest is still to be done, or nothing.
    expect(seen.changes).toEqual(done.changes);
    const rest = await run(then, undefined);
    expect([rest.errors, (await run(then, undefined)).steps.filter((step) => !step.startsWith("same"))]).toEqual(["", []]);
  });

  test("an excluded one that depends on a target keeps what it was made from", async () => {
    await run({ boxes: chain }, undefined);
    await run({ boxes: bigChain }, only("a"));
    expect((await boxes()).get("b")).toMatchObject({ inputs: { spec: { from: 1 } } });
    expect((await boxes()).get("a")).toMatchObject({ outputs: { gen: 2 } });
  });
});

const refused: readonly { name: string; first: Plan; then: Plan; targets: TargetOptions; says: readonly string[] }[] = [
  { name: "needs what is not there", first: {}, then: { boxes: chain }, targets: only("c", "d"), says: ["target.needs c: needs b, which does not exist yet, and is not a target"] },
  { name: "is below a component that is not there", first: {}, then: { groups: [{ name: "g", count: 1 }] }, targets: only("g-0"), says: ["target.needs g-0: needs g, which does not exist yet, and is not a target"] },
  { name: "needs what is not there and is excluded", first: {}, then: { boxes: chain }, targets: exclude("a"), says: ["target.needs b: needs a, which does not exist yet, and is not a target"] },
  { name: "needs what has another name until now", first: { boxes: chain }, then: { boxes: [{ name: "z", args: { name: "a" }, options: { aliases: [{ name: "a" }] } }, big("b", { from: "z" })] }, targets: only("b"), says: [`target.needs b: needs z, which is ${urn("a")} until now, and is not a target`] },
  {
    name: "would need what needs it as it is",
    first: { boxes: [{ name: "a" }, { name: "b", dependsOn: ["a"] }] },
    then: { boxes: [{ name: "b" }, { name: "a", dependsOn: ["b"] }] },
    targets: only("a"),
    says: ["target.needs a: needs what needs it itself, as it is now, and is not a target"],
  },
  { name: "is deleted while others need it", first: { boxes: chain }, then: {}, targets: only("a"), says: ["target.needed a: is to be deleted, and what is not a target needs it: b"] },
  { name: "is deleted while one that is declared still needs it", first: { boxes: chain }, then: { boxes: [{ name: "b" }] }, targets: only("a"), says: ["target.needed a: is to be deleted, and what is not a target needs it: b"] },
  {
    name: "is replaced after what cannot outlive it",
    first: { boxes: [{ name: "a", args: { forceNew: "1", deleteFirst: true } }, { name: "b", after: "a" }] },
    then: { boxes: [{ name: "a", args: { forceNew: "2", deleteFirst: true } }, { name: "b", after: "a" }] },
    targets: only("a"),
    says: ["target.needed b: must be deleted before a is made anew, and is not a target"],
  },
  { name: "does not exist", first: { boxes: chain }, then: { boxes: chain }, targets: only(urn("no"), "nobody", "**no**", "urn:*::a", "a"), says: [urn("no"), "nobody", "**no**", "urn:*::a"].map((asked) => `target.missing ${asked}: there is no such resource in the program, nor in the state`) },
  {
    name: "is one of two that are called so",
    first: { boxes: [{ name: "a" }, { name: "x", parent: "a" }] },
    then: { boxes: [{ name: "a" }, { name: "x", parent: "a" }], groups: [{ name: "x", count: 0 }] },
    targets: only("x"),
    says: ["target.ambiguous x: is the name of 2 resources"],
  },
];

test.each(refused)("a target that $name is refused before anything is touched", async ({ first, then, targets, says }) => {
  expect((await run(first, undefined)).errors).toBe("");
  const before = await stack.checkpoint();
  for (const operation of ["preview", "up"] as const) {
    const failed = await run(then, targets, operation);
    expect([failed.succeeded, refusals(failed), writes(stack.world)]).toEqual([false, says, []]);
  }
  expect(await stack.checkpoint()).toEqual(before);
});

test("what was replaced stays as long as what is not a target needs it, and says so", async () => {
  await run({ boxes: [{ name: "a", args: { forceNew: "1" } }, { name: "b", inside: "a" }] }, undefined);
  const next: Plan = { boxes: [{ name: "a", args: { forceNew: "2" } }, { name: "b", inside: "a" }] };
  const done = await run(next, only("a"));
  expect([done.errors, writes(stack.world)]).toEqual(["", ["create a"]]);
  expect(done.diagnostics.map(({ severity, message }) => `${severity}: ${message}`)).toContain("warning: what it was before it was made anew stays, because what is not a target needs that: b");
  expect((await stack.resources()).filter(({ urn: one, delete: isReplaced }) => one === urn("a") && isReplaced === true)).toHaveLength(1);
  expect((await run(next, undefined)).errors).toBe("");
  expect((await stack.resources()).filter(({ delete: isReplaced }) => isReplaced === true)).toEqual([]);
});

test("batches have the machines of the targets only", async () => {
  const on = (name: string): PlannedBox => ({ name, args: { place: `host-${name}`, ...(name === "b" ? { fail: "create" } : {}) } });
  await stack.program("plan", { plan: JSON.stringify({ boxes: ["a", "b", "c", "d"].map(on) }) });
  const ended = await stack.run((open, options) => up(open, { ...options, targets: only("b", "c"), batch: () => [1, 1] }));
  expect(ended.errors).toBe("cannot make b\nbatch 1 of 2 failed; not begun: host-c");
  expect(writes(stack.world)).toEqual(["create b"]);
});

describe("destroy", () => {
  const stories: readonly { name: string; targets: TargetOptions; writes: readonly string[]; says: readonly string[] }[] = [
    { name: "deletes what nobody needs", targets: only("c"), writes: ["delete c"], says: [] },
    { name: "refuses what others need", targets: only("b"), writes: [], says: ["target.needed b: is to be deleted, and what is not a target needs it: c"] },
    { name: "deletes what needs it too, when told to", targets: dependents("a"), writes: ["delete c", "delete b", "delete a"], says: [] },
    { name: "deletes all but one and what it needs", targets: exclude("b"), writes: ["delete d", "delete c"], says: [] },
    { name: "refuses what is not there", targets: only("no"), writes: [], says: ["target.missing no: there is no such resource in the program, nor in the state"] },
  ];
  test.each(stories)("$name", async ({ targets, says, ...expected }) => {
    await run({ boxes: chain }, undefined);
    const done = await run({}, targets, "destroy");
    expect([done.succeeded, refusals(done)]).toEqual([says.length === 0, says]);
    expect([...writes(stack.world)].sort()).toEqual([...expected.writes].sort());
    expect((await boxes()).size).toBe(4 - expected.writes.length);
  });
});

test("refresh reads the targets only, and refuses what is not there", async () => {
  await run({ boxes: chain }, undefined);
  for (const name of ["a", "d"]) stack.world.boxes.delete(`id-${name}`);
  expect(refusals(await run({}, only("no"), "refresh"))).toEqual(["target.missing no: there is no such resource in the program, nor in the state"]);
  const read = await run({}, only("a"), "refresh");
  expect(read.steps).toEqual(["delete a"]);
  expect([...(await boxes()).keys()]).toEqual(["d", "b", "c"]);
  expect((await run({}, dependents("b"), "refresh")).steps).toEqual(["same b", "same c"]);
});
