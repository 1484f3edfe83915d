import { withIgnoredChanges } from "#engine/ignore-changes.ts";

const olds = { size: 1, tags: { a: "old", "b.c": "old" }, list: [{ x: 1, y: 1 }, { x: 2 }] };
const news = { size: 2, tags: { a: "new", "b.c": "new", d: "new" }, list: [{ x: 10, y: 10 }, { x: 20 }] };

test.each([
  { path: "size", result: { ...news, size: 1 } },
  { path: "tags.a", result: { ...news, tags: { ...news.tags, a: "old" } } },
  { path: 'tags["b.c"]', result: { ...news, tags: { ...news.tags, "b.c": "old" } } },
  { path: "tags.d", result: { ...news, tags: { a: "new", "b.c": "new" } } },
  { path: "list[0].x", result: { ...news, list: [{ x: 1, y: 10 }, { x: 20 }] } },
  { path: "list[*].x", result: { ...news, list: [{ x: 1, y: 10 }, { x: 2 }] } },
  { path: "list[7].x", result: news },
  { path: "*", result: olds },
])("$path keeps what was there", ({ path, result }) => {
  expect(withIgnoredChanges(news, olds, [path], "here")).toEqual(result);
});

test("a path that cannot be read is refused", () => {
  expect(() => withIgnoredChanges(news, olds, ["a[["], "here")).toThrow("is not a property path");
});
