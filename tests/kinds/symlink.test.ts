import { symlink } from "#kinds/symlink.ts";
import { absent, link, textFile } from "../support/file-state.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./symlink.samples.ts";

kindLaws(symlink, samples);

const want = { path: "/etc/localtime", target: "/usr/share/zoneinfo/UTC" };

describe("symlink", () => {
  test.each([
    { name: "is not there", have: absent, differs: true },
    { name: "is a file", have: textFile("x"), differs: true },
    { name: "points elsewhere", have: link("/usr/share/zoneinfo/Europe/Berlin"), differs: true },
    { name: "is as wanted", have: link(want.target), differs: false },
  ])("differs when it is not as wanted: it $name", ({ have, differs }) => {
    expect(symlink.diff(want, { link: have }).length > 0).toBe(differs);
  });

  test("shows where it points and where it should", () => {
    expect(symlink.diff(want, { link: link("../old") })).toEqual([
      { field: "target", have: "symlink to ../old", want: "symlink to /usr/share/zoneinfo/UTC" },
    ]);
  });
});
