import { hostname } from "#kinds/hostname.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./hostname.samples.ts";

kindLaws(hostname, samples);

const want = { hostname: "desk", domain: "home.arpa" };
const line = "127.0.1.1\tdesk.home.arpa desk";

/** The hosts file that apply writes. */
const written = (hosts: string | undefined): string | undefined =>
  hostname.apply(want, { file: undefined, hosts, running: undefined }).flatMap((step) => (step.do === "write-file" && step.path === "/etc/hosts" ? [step.content] : []))[0];

describe("hostname", () => {
  test.each([
    { name: "no file", have: undefined, text: `127.0.0.1\tlocalhost\n${line}\n` },
    { name: "no line of its own", have: "127.0.0.1 localhost\n::1 localhost\n", text: `127.0.0.1 localhost\n${line}\n::1 localhost\n` },
    { name: "no localhost", have: "# nothing\n", text: `${line}\n# nothing\n` },
    { name: "another name", have: "127.0.0.1 localhost\n127.0.1.1 old\n# end\n", text: `127.0.0.1 localhost\n${line}\n# end\n` },
    { name: "two of them, and no newline at the end", have: "127.0.1.1 a\n127.0.0.1 localhost\n127.0.1.1 b", text: `${line}\n127.0.0.1 localhost\n` },
  ])("writes its line into a hosts file with $name", ({ have, text }) => {
    expect(written(have)).toBe(text);
  });

  test.each([
    { name: "all is right", have: { file: "desk\n", hosts: `127.0.0.1 localhost\n${line}\n`, running: { value: "desk" } }, fields: [] },
    { name: "somebody renamed the running system", have: { file: "desk\n", hosts: `${line}\n`, running: { value: "evil" } }, fields: ["running"] },
    { name: "the tree is not booted", have: { file: "desk", hosts: `${line}\n`, running: undefined }, fields: [] },
    { name: "nothing is there", have: { file: undefined, hosts: undefined, running: undefined }, fields: ["file", "hosts"] },
  ])("differs in $fields when $name", ({ have, fields }) => {
    expect(hostname.diff(want, have).map(({ field }) => field)).toEqual(fields);
  });
});
