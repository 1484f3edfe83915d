import { assignBatches, Batches, batchSizes } from "#engine/batches.ts";
import type { Placed } from "#engine/placed.ts";
import { UNKNOWN } from "#model/value.ts";

test.each([
  ["1,10%,rest", 100, [1, 10, 89]],
  ["1,10%,rest", 3, [1, 1, 1]],
  ["1,10%,rest", 1, [1]],
  ["2", 5, [2, 2, 1]],
  ["25%", 10, [3, 3, 3, 1]],
  ["1, 2", 6, [1, 2, 2, 1]],
  ["rest", 7, [7]],
  ["100%", 0, []],
] as const)("%s of %d machines", (text, machines, sizes) => {
  expect(batchSizes(text)(machines)).toEqual(sizes);
});

test.each(["", "0", "1,,2", "-1", "0%", "101%", "all", "1.5"])("%p is no batch", (text) => {
  expect(() => batchSizes(text)).toThrow("is no number of machines");
});

const box = (urn: string, place: string | undefined, ...dependencies: readonly string[]): Placed & { readonly place: string | undefined } => ({
  urn,
  type: "t",
  custom: true,
  inputs: place === undefined ? {} : { place },
  dependencies,
  propertyDependencies: {},
  place,
});
const placeOf = ({ inputs }: Placed): string | undefined => (typeof inputs["place"] === "string" && inputs["place"] !== UNKNOWN ? inputs["place"] : undefined);

test.each([
  { name: "in order of declaration", declared: [box("a", "1"), box("b", "2"), box("c", "3")], batches: { a: 0, b: 1, c: 1 } },
  { name: "all of a machine together", declared: [box("a", "1"), box("b", "2"), box("a2", "1")], batches: { a: 0, b: 1, a2: 0 } },
  { name: "what is on no machine is in none", declared: [box("x", undefined), box("a", "1"), box("b", "2")], batches: { x: -1, a: 0, b: 1 } },
  { name: "a machine that needs a later one comes with it", declared: [box("a", "1"), box("b", "2"), box("x", undefined, "b"), box("a2", "1", "x")], batches: { a: 1, b: 1, x: -1, a2: 1 } },
  { name: "also where that is declared above", declared: [box("a", "1"), box("a2", "1", "x"), box("b", "2"), box("x", undefined, "b"), box("c", "3")], batches: { a: 1, a2: 1, b: 1, x: -1, c: 1 } },
  { name: "a machine without a name yet is its parent's", declared: [box("a", UNKNOWN), { ...box("a2", UNKNOWN), parent: "a" }, box("b", "2")], batches: { a: 0, a2: 0, b: 1 } },
])("batches: $name", ({ declared, batches }) => {
  expect(Object.fromEntries(assignBatches(declared, placeOf, batchSizes("1,rest")))).toEqual(batches);
});

test("a batch begins when the one before has ended, and never when it failed", async () => {
  const batches = new Batches(new Map([["a", 0], ["b", 1], ["c", 2]]));
  const begun: string[] = [];
  const turns = ["a", "b", "c", "unknown"].map((urn) => batches.turn(urn, true).then(() => begun.push(urn), () => begun.push(`not ${urn}`)));
  await turns[0];
  expect([begun, batches.progress]).toEqual([["a"], { batch: 1, of: 3 }]);
  batches.end("a", false);
  await turns[1];
  expect([begun, batches.progress]).toEqual([["a", "b"], { batch: 2, of: 3 }]);
  batches.end("b", true);
  await Promise.all(turns);
  expect([begun, batches.progress]).toEqual([["a", "b", "not c", "not unknown"], { batch: 2, of: 3 }]);
  await expect(batches.turn("c", true)).rejects.toThrow("the run has ended");
});
