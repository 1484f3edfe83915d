import { checkIntegrity, magicOf, requires, topologicalOrder } from "#engine/integrity.ts";
import { emptySnapshot } from "#engine/snapshot.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import fc from "fast-check";

const state = (urn: string, more: Partial<ResourceState> = {}): ResourceState => ({
  urn, type: "t", custom: false, inputs: {}, outputs: {}, dependencies: [], propertyDependencies: {}, ...more,
});
const provider = state("p", { type: "pulumi:providers:x", custom: true, id: "1" });
const check = (...resources: readonly ResourceState[]) =>
  checkIntegrity({ ...emptySnapshot(), resources }, "state.json").map(({ path, message }) => `${path}: ${message}`);

test.each<[string, readonly ResourceState[]]>([
  ["nothing", []],
  ["a parent, a provider, dependencies and a companion before it", [provider, state("a"), state("b", { parent: "a", provider: "p::1", dependencies: ["a"], propertyDependencies: { x: ["a", "p"] }, deletedWith: "a" })]],
  ["a replaced resource that waits for deletion", [state("a"), state("a", { delete: true }), state("a", { delete: true })]],
  ["a denied default provider", [state("a", { provider: "urn::denydefaultprovider" })]],
])("%s is sound", (_name, resources) => {
  expect(check(...resources)).toEqual([]);
});

test.each<[string, readonly ResourceState[], readonly string[]]>([
  ["a resource twice", [state("a"), state("a")], ["a: appears twice"]],
  ["a parent that comes later", [state("b", { parent: "a" }), state("a")], ["b: its parent names a, which comes after it"]],
  ["a parent that is gone", [state("b", { parent: "a" })], ["b: its parent names a, which does not exist"]],
  ["a dependency that is gone", [state("b", { dependencies: ["a"] })], ["b: its dependencies names a, which does not exist"]],
  ["a dependency on itself", [state("a", { dependencies: ["a"] })], ["a: its dependencies names a, which comes after it"]],
  ["a property dependency that is gone", [state("b", { propertyDependencies: { k: ["a"] } })], ["b: its propertyDependencies.k names a, which does not exist"]],
  ["a companion that is gone", [state("b", { deletedWith: "a" })], ["b: its deletedWith names a, which does not exist"]],
  ["a provider that is gone", [state("b", { provider: "p::1" })], ["b: its provider p::1 does not exist"]],
  ["a provider with another id", [provider, state("b", { provider: "p::2" })], ["b: its provider p::2 comes after it or has another id"]],
  ["a provider without an id", [state("p", { type: "pulumi:providers:x" })], ["p: is a provider without an id"]],
  ["several mistakes", [state("b", { parent: "a", dependencies: ["c"] })], ["b: its parent names a, which does not exist", "b: its dependencies names c, which does not exist"]],
])("%s is named", (_name, resources, expected) => {
  expect(check(...resources)).toEqual(expected);
});

test("the magic must be the digest of the version", () => {
  const magic = "1c72415da0837d6b54e4fd59aa49d86e7a984759e60a944fc9ff1c8042addcfe";
  expect(magicOf("v3.248.0")).toBe(magic);
  expect(magicOf("")).toBe("");
  const of = (version: string) => checkIntegrity({ ...emptySnapshot(), manifest: { time: "", magic, version } }, "state.json");
  expect(of("v3.248.0")).toEqual([]);
  expect(of("v3.248.1")).toMatchObject([{ path: "manifest.magic" }]);
});

test("the order is kept where it is right", () => {
  const resources = [provider, state("a"), state("c"), state("b", { dependencies: ["a"] })];
  expect(topologicalOrder(resources)).toEqual(resources);
});

test("a replaced resource that waits for deletion stays behind those that depend on the new one", () => {
  const resources = [state("a"), state("b", { dependencies: ["a"] }), state("a", { delete: true, id: "old" })];
  expect(topologicalOrder(resources)).toEqual(resources);
});

test("a chain of 20,000 is sorted, and a cycle does not hang", () => {
  const chain = Array.from({ length: 20_000 }, (_each, index) => state(String(index), index === 0 ? {} : { dependencies: [String(index - 1)] }));
  expect(topologicalOrder(chain.toReversed())).toEqual(chain);
  expect(topologicalOrder([state("a", { parent: "b" }), state("b", { parent: "a" })])).toHaveLength(2);
});

test("whatever the references are, what is sorted is sound and complete", () => {
  const graphs = fc.integer({ min: 1, max: 12 }).chain((size) =>
    fc.tuple(
      fc.shuffledSubarray(Array.from({ length: size }, (_each, index) => index), { minLength: size }),
      fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1), fc.constantFrom("dependencies", "parent", "deletedWith", "provider")), { maxLength: 30 }),
    ),
  );
  fc.assert(
    fc.property(graphs, ([order, links]) => {
      const all = order.map((index) => {
        // Only to smaller numbers: no cycle.
        const mine = links.filter(([from, to]) => from === index && to < index);
        const of = (field: string) => mine.filter(([, , name]) => name === field).map(([, to]) => String(to));
        const one = (field: "parent" | "deletedWith") => (of(field)[0] === undefined ? {} : { [field]: of(field)[0] });
        const served = of("provider")[0];
        return state(String(index), {
          type: "pulumi:providers:x", id: "1", dependencies: of("dependencies"), ...one("parent"), ...one("deletedWith"), ...(served === undefined ? {} : { provider: `${served}::1` }),
        });
      });
      const sorted = topologicalOrder(all);
      expect(new Set(sorted)).toEqual(new Set(all));
      expect(check(...sorted)).toEqual([]);
      for (const each of sorted) for (const urn of requires(each)) expect(sorted.findIndex((other) => other.urn === urn)).toBeLessThan(sorted.indexOf(each));
    }),
  );
});
