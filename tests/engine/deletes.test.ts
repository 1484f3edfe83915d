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

test("100,000 resources take less than two seconds", () => {
  const states = Array.from({ length: 100_000 }, (_, index) => state(`u${String(index)}`, ...(index === 0 ? [] : [`u${String(index >> 1)}`])));
  const began = performance.now();
  expect(deletionGroups(states).flat()).toHaveLength(100_000);
  expect(performance.now() - began).toBeLessThan(2000);
});
