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

test.each([
  { name: "as Debian's installer writes it", hosts: "127.0.0.1\tlocalhost\n127.0.1.1\tdesk.home.arpa\tdesk\n\n::1 localhost\nff02::1 ip6-allnodes\n", found: ["desk"] },
  { name: "with a line for another machine", hosts: "127.0.1.1 desk.home.arpa desk\n192.0.2.9 nas\n", found: ["desk", "other lines of /etc/hosts"] },
  { name: "with an alias", hosts: "127.0.1.1 desk.home.arpa desk www\n", found: [] },
  { name: "without a line of its own", hosts: "127.0.0.1 localhost desk\n", found: [] },
])("on a host, a hosts file $name gives $found", ({ hosts, found }) => {
  const items = hostname.survey?.items({ file: "desk\n", hosts, running: { value: "desk" } }) ?? [];
  expect(items.map(({ name }) => name)).toEqual(found);
  for (const item of items) if ("want" in item) expect(hostname.diff(item.want, { file: "desk\n", hosts, running: { value: "desk" } })).toEqual([]);
});
