import { packages } from "#facts/packages.ts";

const head = "apt\ndpkg\tamd64\tii \t1.21.22";
const apt = { auto: false, manager: "apt", interrupted: false };
const installed = { status: "installed", hold: false, ...apt };

describe("packages", () => {
  test.each([
    { name: "an installed package", line: "curl\tamd64\tii \t7.88.1-10+deb12u14", subject: "curl", state: { ...installed, version: "7.88.1-10+deb12u14" } },
    { name: "a package for all architectures", line: "adduser\tall\tii \t3.134", subject: "adduser", state: { ...installed, version: "3.134" } },
    { name: "a package that is held", line: "curl\tamd64\thi \t7.88.1", subject: "curl", state: { ...installed, hold: true, version: "7.88.1" } },
    { name: "left configuration", line: "curl\tamd64\trc \t7.88.1", subject: "curl", state: { status: "config-files", hold: false, ...apt } },
    { name: "a package that is known and not installed", line: "curl\t\tun \t", subject: "curl", state: { status: "absent", hold: false, ...apt } },
    { name: "an unpacked package", line: "curl\tamd64\tiU \t7.88.1", subject: "curl", state: { status: "broken", hold: false, version: "7.88.1", ...apt } },
    { name: "a half-configured package", line: "curl\tamd64\tiF \t7.88.1", subject: "curl", state: { status: "broken", hold: false, version: "7.88.1", ...apt } },
    { name: "a package that must be installed again", line: "curl\tamd64\tiHR\t", subject: "curl", state: { status: "broken", hold: false, ...apt } },
    { name: "a foreign architecture only", line: "libc6\ti386\tii \t2.36", subject: "libc6", state: { status: "absent", hold: false, ...apt } },
    { name: "a foreign architecture that was asked for", line: "libc6\ti386\tii \t2.36", subject: "libc6:i386", state: { ...installed, version: "2.36" } },
  ])("reads $name", ({ line, subject, state }) => {
    expect(packages.parse(`${head}\n${line}\n`, [subject]).get(subject)).toEqual(state);
  });

  test.each([
    { name: "it came along with others", marks: "curl\tamd64\tauto", auto: true },
    { name: "only its foreign sister came along", marks: "curl\ti386\tauto", auto: false },
    { name: "only another package came along", marks: "libcurl4\tamd64\tauto", auto: false },
  ])("says whether $name", ({ marks, auto }) => {
    expect(packages.parse(`${head}\ncurl\tamd64\tii \t7.88.1\n${marks}\n`, ["curl"]).get("curl")?.auto).toBe(auto);
    expect(packages.parse(`${head}\ncurl\tall\tii \t7.88.1\n${marks}\n`, ["curl"]).get("curl")?.auto).toBe(auto);
  });

  test("says that dpkg was interrupted", () => {
    expect(packages.parse("apt interrupted\n", ["curl"]).get("curl")?.interrupted).toBe(true);
  });

  test("says that there is no package manager it knows", () => {
    expect(packages.parse("", ["curl"]).get("curl")).toEqual({ status: "absent", hold: false, auto: false, manager: "none", interrupted: false });
  });

  test("refuses what it does not know", () => {
    expect(() => packages.parse(`${head}\nno tabs here\n`, ["curl"])).toThrow("no tabs here");
  });
});
