import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { openHost } from "#host/session.ts";
import { authorizedKey } from "#kinds/authorized-key.ts";
import type { AuthorizedKeyProps } from "#kinds/authorized-key.ts";
import { user } from "#kinds/user.ts";
import { checkProps } from "#model/check-props.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { skipUnless } from "../support/skip.ts";
import { busyboxTree, treeObstacle } from "../support/tree.ts";
import { samples } from "./authorized-key.samples.ts";

kindLaws(authorizedKey, samples);

const blob = "AAAAC3NzaC1lZDI1NTE5AAAAIFd5B";
const want: AuthorizedKeyProps = { user: "alice", key: `ssh-ed25519 ${blob} alice@laptop` };
const none = { key: { file: false, folder: false, exposed: false } };
const have = (line: string) => ({ key: { line, at: 2, file: true, folder: true, exposed: false } });

describe("authorized-key", () => {
  test.each([
    { name: "no file", want, before: none, fields: ["line"] },
    { name: "the line", want, before: have(want.key), fields: [] },
    { name: "another comment", want, before: have(`ssh-ed25519 ${blob} old`), fields: ["line"] },
    { name: "other options", want: { ...want, options: ["restrict"] }, before: have(want.key), fields: ["line"] },
    { name: "the same options", want: { ...want, options: ["restrict", "pty"] }, before: have(`restrict,pty ${want.key}`), fields: [] },
    { name: "a folder that all may write", want, before: { key: { ...have(want.key).key, exposed: true } }, fields: ["access"] },
    { name: "an unwanted line", want: { ...want, state: "absent" }, before: have(want.key), fields: ["line"] },
    { name: "no line, as wanted", want: { ...want, state: "absent" }, before: none, fields: [] },
  ] as const)("differs in $fields with $name", ({ want: wanted, before, fields }) => {
    expect(authorizedKey.diff(wanted, before).map(({ field }) => field)).toEqual(fields);
  });

  test.each([
    { key: "ssh-ed25519 AAAA", reason: "too short" },
    { key: `ssh-dss ${blob}`, reason: "an old kind" },
    { key: `ssh-ed25519 ${blob} a\nssh-ed25519 ${blob}`, reason: "two lines" },
    { key: "-----BEGIN OPENSSH PRIVATE KEY-----", reason: "a private key" },
  ])("refuses $reason", ({ key }) => {
    expect(checkProps(authorizedKey.props, { user: "alice", key }, "here")).toHaveLength(1);
  });

  test("undo puts back the former line, or takes away what was made", () => {
    const lastWords = (before: Parameters<typeof authorizedKey.undo>[1]) => {
      const [step] = authorizedKey.undo(want, before) as ReturnType<typeof authorizedKey.apply>;
      return step?.do === "run" ? step.argv.slice(-5) : [];
    };
    expect(lastWords(none)).toEqual([blob, "", "file folder", "", ""]);
    expect(lastWords(have(`no-pty ${want.key}`))).toEqual([blob, `no-pty ${want.key}`, " ", "2", ""]);
    expect(lastWords({ key: { ...none.key, exposed: true, modes: { home: "775" } } })).toEqual([blob, "", "file folder", "", "home=775"]);
  });

  skipUnless(treeObstacle === undefined, treeObstacle ?? "")("a key and its user come together, and the file is the user's", async () => {
    const tree = busyboxTree();
    const session = openHost({ via: "tree", root: tree.root });
    try {
      const items = [authorizedKey("laptop", want), user("alice", { name: "alice" })] as readonly { kind: string; name: string; want: object }[];
      await session.apply(await session.plan({ project: "p", stack: "s", layer: "l" }, items, []), () => undefined);
      const file = join(tree.root, "home/alice/.ssh/authorized_keys");
      expect(readFileSync(file, "utf8")).toBe(`${want.key}\n`);
      expect(statSync(file)).toMatchObject({ uid: 1000, mode: 0o100600 });
    } finally {
      await session.close();
      tree.remove();
    }
  });
});

test.each<[string, string, Omit<AuthorizedKeyProps, "user"> | undefined]>([
  ["a key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFd5B ada@laptop", { key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFd5B ada@laptop" }],
  ["options with commas and blanks in quotes", 'restrict,command="a, \\"b\\" c",no-pty ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB', { key: "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB", options: ["restrict", 'command="a, \\"b\\" c"', "no-pty"] }],
  ["a certificate authority of a sort that no item has", "cert-authority ssh-dss AAAAB3NzaC1kc3MAAACBAPY", undefined],
  ["two blanks where an item writes one", "ssh-ed25519  AAAAC3NzaC1lZDI1NTE5AAAAIFd5B ada", undefined],
])("on a host, %s is found as it is, or left out", (_, line, want) => {
  const [found] = authorizedKey.survey?.items({ all: [{ user: "ada", line }] }) ?? [];
  expect(found).toEqual(want === undefined ? { name: "a key of ada", why: expect.any(String) as unknown } : { name: expect.stringMatching(/^ada/) as unknown, want: { user: "ada", ...want } });
});
