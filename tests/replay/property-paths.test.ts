import { withIgnoredChanges } from "#engine/ignore-changes.ts";
import { secret } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { isWithin, parsePath } from "#provider/property-path.ts";
import type { PropertyPath } from "#provider/property-path.ts";

/**
 * Point 11: paths of ignoreChanges and replaceOnChanges. What is expected is what Pulumi's own engine does, case by case
 * (pulumi sdk/go/common/resource/property_path_test.go: ParsePropertyPath, Contains, Reset).
 */
test.each<[string, PropertyPath]>([
  ["root", ["root"]],
  ["root.nested", ["root", "nested"]],
  ['root["nested"]', ["root", "nested"]],
  ['root["double"].nest', ["root", "double", "nest"]],
  ['root["double"]["nest"]', ["root", "double", "nest"]],
  ["root.array[0]", ["root", "array", 0]],
  ["root.array2[0][1].nested", ["root", "array2", 0, 1, "nested"]],
  ["root.nested.array[0].double[1]", ["root", "nested", "array", 0, "double", 1]],
  ['root["key with \\"escaped\\" quotes"]', ["root", 'key with "escaped" quotes']],
  ['["root key with a ."][1]', ["root key with a .", 1]],
  ["root.array.[1]", ["root", "array", 1]],
  ['root.["key with a ."]', ["root", "key with a ."]],
  ['root["*"].field[1]', ["root", "*", "field", 1]],
  ["root[3].*[3]", ["root", 3, "*", 3]],
  ["*.bar", ["*", "bar"]],
])("%s is read", (text, path) => {
  expect(parsePath(text)).toEqual(path);
});

test.each(["root[", 'root["nested]', 'root."double".nest', "root.array[abc]", "root."])("%s is none", (text) => {
  expect(parsePath(text)).toBeUndefined();
});

test.each<[PropertyPath, PropertyPath, boolean]>([
  [["root", "nested"], ["root"], false],
  [["root"], ["root", "nested"], true],
  [["root", "double", "nest1"], ["root", "double", "nest2"], false],
  [[], ["root"], true],
  [["foo", "*", "baz"], ["foo", 1, "baz", "bam"], true],
  [["foo", 1, "*", "bam"], ["foo", 1, "baz", "bam"], true],
  [["*"], ["a", 1, "b"], true],
])("%j contains %j: %s", (pattern, path, expected) => {
  expect(isWithin(path, pattern)).toBe(expected);
});

interface Reset {
  readonly path: string;
  readonly old: Json;
  readonly now: Json;
  /** Undefined where it is refused; all are the property `root`. */
  readonly then: Json | undefined;
}

test.each<Reset>([
  { path: "missing", old: 1, now: 2, then: 2 },
  { path: "root.missing", old: 1, now: 2, then: 2 },
  { path: "root.nested", old: { nested: 1 }, now: 2, then: undefined },
  { path: "root.nested", old: 1, now: { nested: 2 }, then: {} },
  { path: "missing.path", old: 1, now: 2, then: 2 },
  { path: "root.missing.path", old: 1, now: 2, then: 2 },
  { path: "root[1]", old: [1], now: [1], then: [1] },
  { path: "root[0]", old: 1, now: 2, then: 2 },
  { path: "root[0]", old: [1], now: 2, then: undefined },
  { path: "root[0]", old: 1, now: [2], then: undefined },
  { path: "root[1]", old: [2], now: [3, 4], then: undefined },
  { path: "root[1]", old: [1, 2], now: [3], then: undefined },
  { path: "root[0].other", old: { nested: 1 }, now: { nested: 2 }, then: { nested: 2 } },
  { path: "root[1].nested", old: [{ nested: 1 }], now: [{ nested: 3 }, { nested: 4 }], then: undefined },
  { path: "root", old: 1, now: 2, then: 1 },
  { path: "root.nested", old: { nested: 1 }, now: { nested: 2 }, then: { nested: 1 } },
  { path: "root.nested", old: {}, now: { nested: 2 }, then: {} },
  { path: "root.nested", old: { nested: 1 }, now: {}, then: { nested: 1 } },
  { path: "root[0]", old: [1], now: [2], then: [1] },
  { path: "root[0].item", old: [{ item: 1 }], now: [{ item: 2 }], then: [{ item: 1 }] },
  { path: "*", old: 1, now: 2, then: 1 },
  { path: "*.nested", old: { nested: 1 }, now: { nested: 2 }, then: { nested: 1 } },
  { path: "root[*].nested", old: [{ nested: 1 }, { nested: 2 }], now: [{ nested: 3 }, { nested: 4 }], then: [{ nested: 1 }, { nested: 2 }] },
  { path: "root.*", old: { nested: 1 }, now: { nested: 2 }, then: { nested: 1 } },
  { path: "root[*]", old: [1, 2], now: [3, 4], then: [1, 2] },
  { path: "root.*", old: {}, now: { nested: 2 }, then: {} },
  { path: "root.*", old: { nested: 2 }, now: {}, then: { nested: 2 } },
  { path: "root.*", old: [1], now: { nested: 2 }, then: { nested: 2 } },
  { path: "root.*", old: { nested: 2 }, now: [1], then: [1] },
  { path: "root.*", old: { nested: 2 }, now: 1, then: undefined },
  { path: "root.*.nested", old: 1, now: { nested: 2 }, then: undefined },
  { path: "root.*.nested", old: { nested: 1 }, now: 2, then: undefined },
  { path: "root.*.nested", old: { nested: 1 }, now: {}, then: undefined },
  { path: "root.*[0]", old: { passes: 1, fails: [1] }, now: { passes: 2, fails: [] }, then: undefined },
  { path: "root.array.*", old: { array: [1] }, now: { array: [] }, then: undefined },
  { path: "root.*[0]", old: [1, 2], now: secret([3]), then: undefined },
  { path: "root.*[0]", old: [1], now: secret([3, 4]), then: undefined },
  { path: "root.secret", old: secret({ secret: 1 }), now: { secret: 2 }, then: { secret: secret(1) } },
  { path: "root.secret", old: { secret: 1 }, now: secret({ secret: 2 }), then: secret({ secret: 1 }) },
  { path: "root.secret", old: secret({ secret: 1 }), now: secret({ secret: 2 }), then: secret({ secret: 1 }) },
  { path: "root[0]", old: secret([1, 2]), now: [3, 4], then: [secret(1), 4] },
  { path: "root[0]", old: [1, 2], now: secret([3, 4]), then: secret([1, 4]) },
  { path: "root[0]", old: secret([1, 2]), now: secret([3, 4]), then: secret([1, 4]) },
])("$path of $old keeps in $now what makes $then", ({ path, old, now, then }) => {
  const kept = (): JsonObject => withIgnoredChanges({ root: now }, { root: old }, [path], "here");
  if (then === undefined) expect(kept).toThrow("cannot be kept as it was");
  else expect(kept()).toEqual({ root: then });
});

test("a property that only one side has", () => {
  expect(withIgnoredChanges({ root: { nested: 2 } }, {}, ["root.nested"], "here")).toEqual({ root: {} });
  expect(() => withIgnoredChanges({}, { root: { nested: 1 } }, ["root.nested"], "here")).toThrow("cannot be kept as it was");
});
