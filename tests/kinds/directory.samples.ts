import type { DirectoryProps } from "#kinds/directory.ts";
import type { Sample } from "../support/kind-laws.ts";

const path = "/etc/steading-directory";

/** Directories that the laws are tried with. */
export const samples: readonly Sample<DirectoryProps>[] = [
  {
    name: "a private directory",
    want: { path, mode: "0700" },
    boots: true,
    on: ["tree", "machine"],
    tampers: [
      { name: "chmod", run: [["chmod", "0755", path]] },
      { name: "rmdir", run: [["rmdir", path]] },
    ],
    starts: [
      { name: "has it with another mode", arrange: [["mkdir", "-m", "1777", path]], tidy: [["rmdir", path]] },
      { name: "has it as wanted", arrange: [["mkdir", "-m", "0700", path]], tidy: [["rmdir", path]] },
      { name: "has a file there", arrange: [["cp", "/etc/passwd", path]], tidy: [["rm", path]] },
      { name: "has a link there", arrange: [["ln", "-s", "/nowhere", path]], tidy: [["rm", path]] },
    ],
  },
  {
    name: "a directory whose name has blanks and quotes",
    want: { path: "/etc/steading it's \"odd\" $(x) \\", group: "sudo" },
    on: ["tree", "machine"],
  },
];
