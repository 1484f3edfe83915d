import type { SymlinkProps } from "#kinds/symlink.ts";
import type { Sample } from "../support/kind-laws.ts";

const path = "/etc/steading-link";

/** Links that the laws are tried with. */
export const samples: readonly Sample<SymlinkProps>[] = [
  {
    name: "a link",
    want: { path, target: "../usr/bin" },
    boots: true,
    on: ["tree", "machine"],
    tampers: [
      { name: "it points elsewhere", run: [["rm", path], ["ln", "-s", "/nowhere", path]] },
      { name: "it is a file", run: [["rm", path], ["touch", path]] },
    ],
    starts: [
      { name: "has it pointing elsewhere", arrange: [["ln", "-s", "/nowhere", path]], tidy: [["rm", path]] },
      { name: "has it pointing to a directory", arrange: [["ln", "-s", "/etc", path]], tidy: [["rm", path]] },
      { name: "has it as wanted", arrange: [["ln", "-s", "../usr/bin", path]], tidy: [["rm", path]] },
      { name: "has a file there", arrange: [["cp", "-p", "/etc/passwd", path]], tidy: [["rm", path]] },
    ],
  },
  { name: "a link whose target has blanks and quotes", want: { path, target: "it's \"odd\" $(x) \\ *" }, on: ["tree", "machine"] },
];
