import { authorizedKeyLines } from "#facts/authorized-key-lines.ts";

test.each([
  { name: "nobody's", output: "", lines: [] },
  { name: "a key, and one with options that hold a colon", output: 'root:ssh-ed25519 AAAA root@desk\nada:command="a:b" ssh-ed25519 BBBB\n', lines: [{ user: "root", line: "ssh-ed25519 AAAA root@desk" }, { user: "ada", line: 'command="a:b" ssh-ed25519 BBBB' }] },
])("authorized keys: $name", ({ output, lines }) => {
  expect(authorizedKeyLines.parse(output, ["all"]).get("all")).toEqual(lines);
});
