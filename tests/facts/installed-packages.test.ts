import { installedPackages } from "#facts/installed-packages.ts";

const output = `architecture amd64
automatic libjansson4:amd64
automatic adwaita-icon-theme:amd64
package apt\tamd64\tii \timportant no\tadmin\tlibc6 (>= 2.34), libstdc++6 (>= 11)
package bash\tamd64\tii \trequired yes\tshells\tlibc6 (>= 2.36), base-files (>= 2.1.12)
package libc6\tamd64\tii \toptional no\tlibs\tlibgcc-s1
package libc6\ti386\tii \toptional no\tlibs\tlibgcc-s1
package libuv1\tamd64\tii \toptional no\tlibs\tlibc6 (>= 2.34)
package libjansson4\tamd64\tii \toptional no\tlibs\tlibc6 (>= 2.14)
package adwaita-icon-theme\tall\tii \toptional no\tgnome\t
package nano\tamd64\tiU \tstandard no\teditors\t
package htop\tamd64\thi \toptional no\tutils\t
package gone\tamd64\trc \toptional no\tutils\t
`;

describe("installed packages", () => {
  const found = installedPackages.parse(output, ["all"]).get("all") ?? [];

  test.each([
    { why: "part of every Debian", name: "apt", whole: true, hold: false, automatic: false, base: true },
    { why: "essential", name: "bash", whole: true, hold: false, automatic: false, base: true },
    { why: "a library that others ask for", name: "libc6", whole: true, hold: false, automatic: false, base: true },
    { why: "a foreign one", name: "libc6:i386", whole: true, hold: false, automatic: false, base: true },
    { why: "a library that nobody asks for: chosen", name: "libuv1", whole: true, hold: false, automatic: false, base: false },
    { why: "came along", name: "libjansson4", whole: true, hold: false, automatic: true, base: false },
    { why: "came along, for every architecture", name: "adwaita-icon-theme", whole: true, hold: false, automatic: true, base: false },
    { why: "unpacked only", name: "nano", whole: false, hold: false, automatic: false, base: false },
    { why: "held", name: "htop", whole: true, hold: true, automatic: false, base: false },
  ])("$name: $why", ({ why: _, ...one }) => {
    expect(found).toContainEqual(one);
  });

  test("what was removed is not there, nor anything where there is no dpkg", () => {
    expect(found).toHaveLength(9);
    expect(installedPackages.parse("", ["all"]).get("all")).toEqual([]);
  });

  test("refuses what it does not understand", () => {
    expect(() => installedPackages.parse("package htop\n", ["all"])).toThrow("dpkg-query");
  });
});
