import type { FileProps } from "#kinds/file.ts";
import type { Sample } from "../support/kind-laws.ts";

const path = "/etc/steading-file";

/** Files that the laws are tried with. */
export const samples: readonly Sample<FileProps>[] = [
  {
    name: "a text",
    want: { path, content: "Welcome home.\n" },
    on: ["tree", "machine"],
    tampers: [
      { name: "a line is added", run: [["sh", "-c", `echo more >>${path}`]] },
      { name: "chmod", run: [["chmod", "0600", path]] },
      { name: "it is removed", run: [["rm", path]] },
    ],
    starts: [
      { name: "has it with another content and mode", arrange: [["cp", "/etc/passwd", path], ["chmod", "0600", path]], tidy: [["rm", path]] },
      { name: "has an empty file there", arrange: [["touch", path]], tidy: [["rm", path]] },
      { name: "has a link there", arrange: [["ln", "-s", "/etc/passwd", path]], tidy: [["rm", path]] },
      { name: "has a link to nowhere there", arrange: [["ln", "-s", "/nowhere", path]], tidy: [["rm", path]] },
    ],
  },
  { name: "bytes that are no text", want: { path, content: Buffer.from([0, 255, 10, 13, 128]).toString("base64"), encoding: "base64" }, on: ["tree", "machine"] },
  { name: "an empty file", want: { path, content: "" }, on: ["tree", "machine"] },
  { name: "a secret for one group", want: { path, content: "correct horse battery staple\n", mode: "0640", group: "shadow" }, on: ["machine"], secrets: ["content"] },
  { name: "a secret for root", want: { path, content: "correct horse battery staple\n", mode: "600" }, on: ["tree", "machine"], secrets: ["content"] },
  { name: "a file whose name has blanks and quotes", want: { path: "/etc/steading it's \"odd\" $(x) \\", content: "x" }, on: ["tree", "machine"] },
];
