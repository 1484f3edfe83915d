import { differencesOf } from "#command/differences.ts";
import { secret } from "#model/value.ts";

const olds = { create: "a", triggers: ["x", 1], environment: { A: "1", "b.c": "2" }, connection: secret({ host: "h", port: 22 }) };

test.each([
  ["the same", olds, {}],
  ["another command", { ...olds, create: "b" }, { create: "update" }],
  ["an element of a list", { ...olds, triggers: ["y", 1] }, { "triggers[0]": "update" }],
  ["one more element", { ...olds, triggers: ["x", 1, 2] }, { "triggers[2]": "add" }],
  ["a variable that is gone", { ...olds, environment: { A: "1" } }, { 'environment["b.c"]': "delete" }],
  ["what a secret holds", { ...olds, connection: secret({ host: "h", port: 23 }) }, { "connection.port": "update" }],
  ["a secret that is none any more", { ...olds, connection: { host: "h", port: 22 } }, { connection: "update" }],
  ["what is a secret now", { ...olds, environment: { ...olds.environment, A: secret("1") } }, { "environment.A": "update" }],
])("%s", (_, news, found) => {
  const { detailedDiff, changes, replaces } = differencesOf(olds, news, true);
  expect(Object.fromEntries(Object.entries(detailedDiff).map(([path, { kind }]) => [path, kind]))).toEqual(found);
  expect(changes).toBe(Object.keys(found).length === 0 ? "none" : "some");
  expect(replaces).toEqual([]);
});

test("triggers that go have it made anew", () => {
  const { triggers: _, ...without } = olds;
  expect(differencesOf(olds, { ...without, create: "b" }, true)).toMatchObject({ replaces: ["triggers"], detailedDiff: { triggers: { kind: "delete-replace" }, create: { kind: "update" } } });
});

test("what cannot be updated is made anew", () => {
  expect(differencesOf(olds, { ...olds, create: "b" }, false)).toMatchObject({ replaces: ["create"], detailedDiff: { create: { kind: "update-replace" } } });
});
