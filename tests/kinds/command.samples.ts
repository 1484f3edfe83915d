import type { CommandProps } from "#kinds/command.ts";
import type { Sample } from "../support/kind-laws.ts";

const path = "/etc/steading-command";

/** Commands that the laws are tried with. */
export const samples: readonly Sample<CommandProps>[] = [
  {
    name: "a probe by exit code",
    want: { probe: ["test", "-e", path], apply: ["touch", path], undo: ["rm", path] },
    on: ["tree", "machine"],
    tampers: [{ name: "it is taken away", run: [["rm", path]] }],
    starts: [{ name: "has it as wanted", arrange: [["touch", path]], tidy: [["rm", path]] }],
  },
  {
    name: "a probe by what it prints, with a secret on stdin",
    want: { probe: ["sh", "-c", `wc -c <${path}`], expect: "16", apply: ["dd", `of=${path}`], stdin: "correct horse 16", undo: ["rm", path] },
    on: ["tree", "machine"],
    secrets: ["stdin"],
  },
  {
    name: "words with blanks and quotes",
    want: { probe: ["test", "-e", "/etc/it's \"odd\" $(x) \\"], apply: ["touch", "/etc/it's \"odd\" $(x) \\"], undo: ["rm", "/etc/it's \"odd\" $(x) \\"] },
    on: ["tree", "machine"],
  },
  {
    name: "what cannot be taken back",
    want: { probe: ["test", "-e", "/run/steading-laws"], apply: ["touch", "/run/steading-laws"], undo: { impossible: "it is gone with the next boot" }, running: true },
    on: ["tree", "machine"],
    irreversible: true,
  },
];
