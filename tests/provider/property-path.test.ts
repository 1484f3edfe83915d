import fc from "fast-check";
import { isWithin, memberPath, parsePath } from "#provider/property-path.ts";

test.each([
  ["items.file", ["items", "file"]],
  ['items.file["motd"].content', ["items", "file", "motd", "content"]],
  ['items["systemd-unit"]["a.b\\"c"]', ["items", "systemd-unit", 'a.b"c']],
  ["items.systemd-unit[0]", ["items", "systemd-unit", 0]],
  ["items.file.*.mode", ["items", "file", "*", "mode"]],
  ["items.file[*]", ["items", "file", "*"]],
  ["", []],
])("%s is a path", (text, path) => {
  expect(parsePath(text)).toEqual(path);
});

test.each(["a[", 'a["b', "a]b", "a[x]"])("%s is no path", (text) => {
  expect(parsePath(text)).toBeUndefined();
});

test("what memberPath writes, parsePath reads", () => {
  const key = fc.oneof(fc.string({ minLength: 1 }).filter((text) => text !== "*"), fc.nat());
  fc.assert(
    fc.property(fc.array(key), (keys) => {
      expect(parsePath(keys.reduce<string>(memberPath, ""))).toEqual(keys);
    }),
  );
});

test.each([
  [["items", "file", "motd", "content"], ["items", "file"], true],
  [["items", "file", "motd", "content"], ["items", "*", "motd"], true],
  [["items", "file"], ["items", "file", "motd"], false],
  [["items", "file", "motd"], ["items", "file", "mot"], false],
  [["list", 0], ["list", "0"], true],
] as const)("%j within %j is %s", (path, pattern, expected) => {
  expect(isWithin(path, pattern)).toBe(expected);
});
