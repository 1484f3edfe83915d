import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FormerStates } from "#engine/former-states.ts";
import { preview } from "#engine/operations/preview.ts";
import type { JsonObject } from "#model/value.ts";
import { expWorld, writes } from "../support/exp.ts";
import { expStack, runPlan } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import type { Plan } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack("dev", { ...expWorld(), orphans: new Map() });
});
afterEach(() => stack.remove());

const run = (plan: Plan, operation?: Parameters<ExpStack["run"]>[0]): Promise<ExpRun> => runPlan(stack, plan, operation);
const urn = (types: string, name: string): string => `urn:pulumi:dev::expproj::${types}::${name}`;
const box = (name: string): string => urn("exp:index:Box", name);
const states = async (): Promise<readonly JsonObject[]> => (await stack.resources()).filter(({ type }) => type === "exp:index:Box" || type === "pulumi:providers:exp");
const urns = async (): Promise<readonly unknown[]> => (await stack.resources()).flatMap((state) => (state["type"] === "exp:index:Box" ? [state["urn"]] : [])).sort();
/** A box that was called otherwise, and is itself as it was. */
const was = (name: string, before: string): NonNullable<Plan["boxes"]>[number] => ({ name, args: { name: before }, options: { aliases: [{ name: before }] } });

test("what has another name stays as it is, and so does what refers to it", async () => {
  await run({ boxes: [{ name: "a" }, { name: "b", dependsOn: ["a"], from: "a" }, { name: "c", parent: "a", dependsOn: ["b"] }] });
  const then: Plan = { boxes: [was("z", "a"), { name: "b", dependsOn: ["z"], from: "z" }, { name: "c", parent: "z", dependsOn: ["b"] }] };
  const seen = await run(then, preview);
  expect(seen).toMatchObject({ succeeded: true, steps: ["same z", "same b", "same c"] });
  expect(await run(then)).toMatchObject({ succeeded: true, steps: ["same z", "same b", "same c"] });
  expect(writes(stack.world)).toEqual([]);
  const [, z, b, c] = await states();
  expect([z, b, c]).toMatchObject([{ urn: box("z"), id: "id-a" }, { urn: box("b"), dependencies: [box("z")], propertyDependencies: { spec: [box("z")] } }, { parent: box("z") }]);
  // The Pulumi CLI writes no aliases either.
  expect(z).not.toHaveProperty("aliases");
  const before = await stack.checkpoint();
  expect(await run(then)).toMatchObject({ succeeded: true, changes: { same: 4 } });
  expect(await stack.checkpoint()).toEqual(before);
  // Without the alias it is no other.
  expect((await run({ boxes: [{ name: "z", args: { name: "a" } }, ...(then.boxes ?? []).slice(1)] })).changes).toEqual({ same: 4 });
});

test("it can be changed, replaced and deleted in the same run", async () => {
  await run({ boxes: [{ name: "a" }, { name: "b", args: { forceNew: "1" } }, { name: "c", args: { forceNew: "1", deleteFirst: true } }] });
  const changed = (name: string, before: string, args: object): NonNullable<Plan["boxes"]>[number] => ({ ...was(name, before), args: { name: before, ...args } });
  const second = await run({ boxes: [changed("x", "a", { size: "big" }), changed("y", "b", { forceNew: "2" }), changed("z", "c", { forceNew: "2", deleteFirst: true })] });
  expect(second).toMatchObject({ succeeded: true, steps: ["update x", "replace y", "replace z", "delete y"] });
  expect([await urns(), writes(stack.world)]).toEqual([[box("x"), box("y"), box("z")], ["update a", "create b", "delete c", "create c", "delete b"]]);
});

test("a component that has another name takes along its children that are called after it", async () => {
  const args = { name: "called so in any case" };
  await run({ groups: [{ name: "g", count: 1, args }] });
  expect(await run({ groups: [{ name: "h", count: 1, args, options: { aliases: [{ name: "g" }] } }] })).toMatchObject({ succeeded: true, steps: ["same h", "same h-0"] });
  expect([await urns(), writes(stack.world)]).toEqual([[urn("exp:index:Group$exp:index:Box", "h-0")], []]);
});

test("what is below a resource of another parent is found too", async () => {
  await run({ boxes: [{ name: "a" }, { name: "b", parent: "a" }, { name: "c", parent: "b" }] });
  const [a, b, c] = ["exp:index:Box", "exp:index:Box$exp:index:Box", "exp:index:Box$exp:index:Box$exp:index:Box"] as const;
  expect(await urns()).toEqual([urn(b, "b"), urn(c, "c"), urn(a, "a")].sort());
  const then: Plan = { boxes: [{ name: "a" }, { name: "b", options: { aliases: [urn(b, "b")] } }, { name: "c", parent: "b" }] };
  expect(await run(then)).toMatchObject({ succeeded: true, steps: ["same a", "same b", "same c"] });
  expect([await urns(), writes(stack.world)]).toEqual([[box("a"), box("b"), urn(b, "c")].sort(), []]);
});

test("a provider that has another name still serves its boxes, and those that go", async () => {
  await run({ providers: [{ name: "p", config: { zone: "x" } }], boxes: [{ name: "a", provider: "p" }, { name: "b", provider: "p" }] });
  const then: Plan = { providers: [{ name: "q", config: { zone: "x" }, options: { aliases: [{ name: "p" }] } }], boxes: [{ name: "a", provider: "q" }] };
  expect(await run(then)).toMatchObject({ succeeded: true, steps: ["same q", "same a", "delete b"] });
  const [q, a] = (await states()).slice(-2);
  expect([q?.["urn"], a?.["provider"]]).toEqual([urn("pulumi:providers:exp", "q"), expect.stringMatching(/::q::.{36}$/)]);
});

test.each([
  { name: "two that were one", plan: { boxes: [was("x", "a"), was("y", "a")] }, said: /has the alias .*::a, and so has .*::x/ },
  { name: "one that is still declared", plan: { boxes: [{ name: "a" }, was("x", "a")] }, said: /has the alias .*::a, which is declared too/ },
])("$name are refused before anything is touched", async ({ plan, said }) => {
  await run({ boxes: [{ name: "a" }] });
  const failed = await run(plan);
  expect(failed.succeeded).toBe(false);
  expect(failed.errors).toMatch(said);
  expect([await urns(), writes(stack.world)]).toEqual([[box("a")], []]);
});

test("where both are in the state, the one with the name itself is meant", async () => {
  await run({ boxes: [{ name: "a" }, { name: "b" }] });
  expect(await run({ boxes: [{ name: "b", options: { aliases: [{ name: "a" }] } }] })).toMatchObject({ succeeded: true, steps: ["same b", "delete a"] });
});

test("a run that fails leaves what it did not come to under its old name, and sound", async () => {
  await run({ boxes: [{ name: "a" }, { name: "b", dependsOn: ["a"] }, { name: "c", dependsOn: ["b"] }] });
  const then = (fail?: string): Plan => ({
    boxes: [was("x", "a"), { ...was("y", "b"), args: { name: "b", size: "big", ...(fail === undefined ? {} : { fail }) }, dependsOn: ["x"] }, { ...was("z", "c"), dependsOn: ["y"] }],
  });
  expect((await run(then("update"))).succeeded).toBe(false);
  expect(await urns()).toEqual([box("b"), box("c"), box("x")]);
  expect((await states())[2]).toMatchObject({ urn: box("b"), dependencies: [box("x")] });
  expect(await run(then())).toMatchObject({ succeeded: true, steps: ["same x", "update y", "same z"] });
  expect([await urns(), writes(stack.world)]).toEqual([[box("x"), box("y"), box("z")], ["update b"]]);
});

test.each([["x", "a"], ["a", "x"]])("what a killed run was updating as %s is read again as %s", async (then, now) => {
  const plan = (name: string): Plan => ({ boxes: [name === "a" ? { name: "a", args: { size: "small" } } : { ...was("x", "a"), args: { name: "a", size: "small" } }] });
  await run(plan("a"));
  const latest = await stack.checkpoint();
  const [state = {}] = (await stack.resources()).slice(-1);
  const resource = then === "x" ? { ...state, urn: box("x"), aliases: [box("a")] } : state;
  const text = JSON.stringify({ version: 3, checkpoint: { stack: "organization/expproj/dev", latest: { ...latest, pending_operations: [{ resource, type: "updating" }] } } });
  await writeFile(join(stack.directory, ".pulumi", "stacks", "expproj", "dev.json"), text);
  stack.world.boxes.set("id-a", { ...stack.world.boxes.get("id-a"), size: "big" });
  expect(await run(plan(now))).toMatchObject({ succeeded: true, steps: [`update ${now}`] });
  expect(stack.world.boxes.get("id-a")).toMatchObject({ size: "small" });
  expect((await stack.checkpoint())["pending_operations"]).toBeUndefined();
});

describe("the names that a resource had", () => {
  const names = { project: "expproj", stack: "dev" };
  const state = (of: string) => ({ urn: of, custom: true, type: "t", inputs: {}, outputs: {}, dependencies: [], propertyDependencies: {} });
  const alias = { type: undefined, name: undefined, project: undefined, stack: undefined, parent: undefined, noParent: false };
  /** The URN of the state that the last of these finds, declared one after the other. */
  const found = (left: string, ...declared: readonly (Parameters<FormerStates["claim"]>[1] & { readonly urn: string })[]): string | undefined => {
    const former = new FormerStates(names, [state(left)]);
    const claims = declared.map((one) => {
      former.see(one.urn);
      return former.claim(one.urn, one)?.urn;
    });
    return claims.at(-1);
  };
  const app = { urn: urn("m:N", "web"), type: "m:N", name: "web", parent: undefined, aliases: [{ ...alias, name: "app" }, { ...alias, type: "m:O", name: "app" }] };
  const child = (name: string) => ({ urn: urn("m:N$m:C", name), type: "m:C", name, parent: app.urn, aliases: [] });

  test.each([
    { name: "another stack and project", left: "urn:pulumi:old::p::m:N::a", of: [{ ...app, aliases: [{ ...alias, name: "a", project: "p", stack: "old" }] }] },
    { name: "no parent", left: urn("m:C", "c"), of: [app, { ...child("c"), aliases: [{ ...alias, noParent: true }] }] },
    { name: "another parent", left: urn("m:P$m:C", "c"), of: [app, { ...child("c"), aliases: [{ ...alias, parent: urn("m:P", "p") }] }] },
    { name: "a parent with another type", left: urn("m:O$m:C", "c"), of: [app, child("c")] },
    { name: "a parent with another name, which is in its own", left: urn("m:O$m:C", "app-disk"), of: [app, child("web-disk")] },
    { name: "that, below a parent that is new in the state already", left: urn("m:N$m:C", "app-disk"), of: [app, child("web-disk")] },
    { name: "a grandparent with another type", left: urn("m:O$m:C$m:D", "d"), of: [app, child("c"), { urn: urn("m:N$m:C$m:D", "d"), type: "m:D", name: "d", parent: child("c").urn, aliases: [] }] },
    { name: "another name itself, and a parent with another type", left: urn("m:O$m:C", "before"), of: [app, { ...child("c"), aliases: [{ ...alias, name: "before" }] }] },
  ])("$name", ({ left, of }) => {
    expect(found(left, ...of)).toBe(left);
  });

  test("one that is declared after it was taken is refused", () => {
    const former = new FormerStates(names, [state(urn("t", "a"))]);
    former.claim(urn("t", "b"), { ...alias, type: "t", name: "b", aliases: [urn("t", "a")] });
    expect(() => former.see(urn("t", "a"))).toThrow(/is declared, and is an alias of .*::b/);
  });

  test("an alias that is only inherited gives way to who is called so", () => {
    expect(found(urn("m:N$m:C", "app-disk"), app, child("app-disk"), child("web-disk"))).toBeUndefined();
  });
});
