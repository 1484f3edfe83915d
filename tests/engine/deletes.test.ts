import { deletionGroups } from "#engine/deletes.ts";
import type { ResourceState } from "#engine/snapshot.ts";

const state = (urn: string, ...dependencies: readonly string[]): ResourceState => ({ urn, custom: true, type: "t", inputs: {}, outputs: {}, dependencies, propertyDependencies: {} });

test.each([
  { name: "nothing needs nothing: all at once", states: [state("a"), state("b")], groups: [["b", "a"]] },
  { name: "a chain goes from its end", states: [state("a"), state("b", "a"), state("c", "b")], groups: [["c"], ["b"], ["a"]] },
  { name: "what two need waits for both", states: [state("a"), state("b", "a"), state("c", "b"), state("d", "a")], groups: [["d", "c"], ["b"], ["a"]] },
])("$name", ({ states, groups }) => {
  expect(deletionGroups(states).map((group) => group.map(({ urn }) => urn))).toEqual(groups);
});

const inside = (urn: string, deletedWith: string, ...dependencies: readonly string[]): ResourceState => ({ ...state(urn, ...dependencies), deletedWith });

test.each([
  { name: "what it needs besides comes after that", states: [state("y"), state("w"), inside("x", "y", "w")], groups: [["x"], ["y"], ["w"]] },
  { name: "also the other way round", states: [state("w"), state("y"), inside("x", "y", "w")], groups: [["x"], ["y"], ["w"]] },
  { name: "but not where that needs it", states: [state("y"), state("w", "y"), inside("x", "y", "w")], groups: [["x"], ["w"], ["y"]] },
  { name: "nor in a circle", states: [state("y"), state("v", "y"), state("w", "v"), inside("x", "y", "w")], groups: [["x"], ["w"], ["v"], ["y"]] },
])("with what it goes: $name", ({ states, groups }) => {
  expect(deletionGroups(states).map((group) => group.map(({ urn }) => urn))).toEqual(groups);
});

test("100,000 resources take less than two seconds", () => {
  const states = Array.from({ length: 100_000 }, (_, index) => state(`u${String(index)}`, ...(index === 0 ? [] : [`u${String(index >> 1)}`])));
  const began = performance.now();
  expect(deletionGroups(states).flat()).toHaveLength(100_000);
  expect(performance.now() - began).toBeLessThan(2000);
});
