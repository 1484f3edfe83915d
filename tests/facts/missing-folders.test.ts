import { missingFolders } from "#facts/missing-folders.ts";

describe("missing folders", () => {
  test.each([
    { name: "all are there", output: "0\n", path: "/srv/a/b", missing: [] },
    { name: "two are missing", output: "2\n", path: "/srv/a/b/c", missing: ["/srv/a/b", "/srv/a"] },
    { name: "all are missing", output: "1\n", path: "/data/b", missing: ["/data"] },
    { name: "there is none", output: "0\n", path: "/data", missing: [] },
  ])("reads that $name", ({ output, path, missing }) => {
    expect(missingFolders.parse(output, [path]).get(path)).toEqual(missing);
  });

  test("reads each path's own", () => {
    expect([...missingFolders.parse("1\n0\n", ["/srv/a/b", "/etc/x"]).values()]).toEqual([["/srv/a"], []]);
  });

  test("refuses what it does not know", () => {
    expect(() => missingFolders.parse("1\n", ["/a", "/b"])).toThrow("1");
    expect(() => missingFolders.parse("none\n", ["/a"])).toThrow("none");
  });
});
