import { withReplacements } from "#engine/replace-on-changes.ts";
import type { DiffResponse } from "#provider/contract.ts";

const update = { kind: "update", inputDiff: true } as const;
const diff: DiffResponse = { changes: "some", detailedDiff: { "triggers[0]": update, "spec.size": update, 'tags["a.b"]': update }, diffs: ["triggers", "spec", "tags"], replaces: [], deleteBeforeReplace: false };

test.each([
  [["triggers[*]"], ["triggers[0]"], []],
  [["triggers"], ["triggers[0]"], ["triggers"]],
  [["spec.size"], ["spec.size"], []],
  [["spec.colour"], [], []],
  [['tags["a.b"]', "spec"], ["spec.size", 'tags["a.b"]'], ["spec"]],
  [["*"], ["spec.size", 'tags["a.b"]', "triggers[0]"], ["triggers", "spec", "tags"]],
  [[], [], []],
])("%j makes %j anew", (paths, replaced, replaces) => {
  const found = withReplacements(diff, paths, "here");
  expect(Object.entries(found.detailedDiff).flatMap(([path, { kind }]) => (kind === "update-replace" ? [path] : [])).toSorted()).toEqual(replaced);
  expect(found.replaces).toEqual(replaces);
});

test("what does not differ is not made anew; a path that cannot be read is refused", () => {
  const none = { ...diff, changes: "none" } as const;
  expect(withReplacements(none, ["*"], "here")).toBe(none);
  expect(() => withReplacements(diff, ["a[["], "here")).toThrow("is not a property path");
});
