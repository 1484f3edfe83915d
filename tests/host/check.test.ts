import { checkItems } from "#host/check.ts";
import { formatIssue } from "#model/issue.ts";
import type { Item } from "#model/kind.ts";
import { UNKNOWN } from "#model/value.ts";

const file = (name: string, want: object): Item => ({ kind: "file", name, want });
const directory = (name: string, path: string): Item => ({ kind: "directory", name, want: { path } });

test.each<readonly [string, readonly Item[], readonly string[]]>([
  ["nothing wrong", [file("a", { path: "/a", content: "" })], []],
  ["a wrong key", [file("a", { path: "/a", content: "", moed: "0600" })], ['layer l items.file["a"].moed: there is no key moed (one of path, content, encoding, mode, owner, group)']],
  ["a missing key", [file("a", { path: "/a" })], ['layer l items.file["a"]: content is missing (add it)']],
  ["a path with ..", [file("a", { path: "/etc/../a", content: "" })], ['layer l items.file["a"].path: "/etc/../a" is not allowed here (an absolute path without `..`, `.` or `//`, for example /etc/motd)']],
  ["a user with a bad name", [file("a", { path: "/a", content: "", owner: "-x" })], ['layer l items.file["a"].owner: "-x" is not allowed here (lower-case letters, digits, - and _, starting with a letter, at most 32)']],
  ["no such kind", [{ kind: "fiel", name: "a", want: {} }], ['layer l items.fiel["a"]: there is no kind fiel (see docs/reference/kinds)']],
  ["a kind that is a path", [{ kind: "../host/check", name: "a", want: {} }], ['layer l items["../host/check"]["a"]: there is no kind ../host/check (see docs/reference/kinds)']],
  ["two items for one subject", [file("a", { path: "/x", content: "1" }), directory("b", "/x")], ['layer l items.directory["b"]: directory b and file a both decide on path:/x (keep one of them)']],
  ["a value that is not known yet", [file("a", { path: "/a", content: UNKNOWN, mode: UNKNOWN })], []],
  ["a value that is not known beside a mistake", [file("a", { path: UNKNOWN, content: 3 })], ['layer l items.file["a"].content: 3 must be string ()']],
])("%s", async (_, items, expected) => {
  expect((await checkItems(items, "layer l")).map(formatIssue)).toEqual(expected.map((line) => line.replace(" ()", "")));
});

test("all mistakes are said at once", async () => {
  const items = [file("a", { path: "a", content: 1, x: 1 }), { kind: "nope", name: "b", want: {} }, file("c", { path: "/c", content: "" }), file("d", { path: "/c", content: "" })];
  expect((await checkItems(items, "layer l")).map(({ code }) => code).sort()).toEqual(["item.conflict", "key.unknown", "kind.unknown", "value.invalid", "value.invalid"]);
});
