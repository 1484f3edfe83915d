import { createContext, runInContext } from "node:vm";
import fc from "fast-check";
import { literal, stackSource } from "#cli/stack-source.ts";
import type { Json } from "#model/value.ts";

/** What JavaScript makes of a literal, as plain data of this realm. */
const empty = createContext({});
const meaning = (text: string): unknown => JSON.parse(JSON.stringify(runInContext(`(${text})`, empty)));

describe("a literal", () => {
  test.each<[string, Json, string]>([
    ["a word", "x", '"x"'],
    ["a line with its end", "a\n", '"a\\n"'],
    ["two lines", "a\nb\n", "`a\nb\n`"],
    ["what a template would take for its own", "`a`\n${b} \\ $c\n", "`\\`a\\`\n\\${b} \\\\ $c\n`"],
    ["what cannot be seen", "a\u001b\u200bb\r\nc", "`a\\u{1b}\\u{200b}b\\u{d}\nc`"],
    ["a short object", { path: "/x", "a-b": [1, true, null] }, '{ path: "/x", "a-b": [1, true, null] }'],
    ["nothing", { list: [], object: {} }, "{ list: [], object: {} }"],
    ["a long one", { a: "x".repeat(150) }, `{\n  a: "${"x".repeat(150)}",\n}`],
  ])("%s", (_, value, text) => {
    expect(literal(value, "")).toBe(text);
    expect(meaning(text)).toEqual(value);
  });

  test("means the value, whatever it is", () => {
    const string = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom("`", "$", "{", "\\", "\n", "\r", '"', "'", "\u2028", "*", "/") }));
    const json = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, string, fc.integer(), fc.boolean(), fc.array(tie("value")), fc.dictionary(string.filter((key) => key !== "__proto__"), tie("value"))),
    })).value;
    fc.assert(fc.property(json, (value) => { expect(meaning(literal(value, "  "))).toEqual(JSON.parse(JSON.stringify(value))); }), { numRuns: 100 });
  });
});

test("a program imports what it uses, names the host, and says in its comments what is left", () => {
  const text = stackSource({
    stack: "desk",
    connection: { via: "ssh", address: "192.0.2.7", user: "root" },
    items: [
      { kind: "file", name: "/etc/\u202egpj.exe", want: { path: "/etc/\u202egpj.exe", content: "" } },
      { kind: "package", name: "tree", want: { package: "tree" } },
      { kind: "sudo-rule", name: "ada", want: { name: "ada", user: "ada", commands: ["ALL"] } },
      { kind: "package", name: "htop", want: { package: "htop" } },
    ],
    unmanaged: [{ kind: "file", name: "/etc/evil\n*/ \u202ename", why: "it is no text" }],
  });
  expect(text).toBe(`import { Host } from "steading/components/host.ts";
import { file } from "steading/kinds/file.ts";
import { packageKind } from "steading/kinds/package.ts";
import { sudoRule } from "steading/kinds/sudo-rule.ts";

// What ssh://root@192.0.2.7 had when \`steading import\` asked it.
//
// Left unmanaged:
//   file /etc/evil·*/ ·name: it is no text

const host = new Host("desk", { connection: { via: "ssh", address: "192.0.2.7", user: "root" } });

host.layer("desk", [
  file("/etc/\\u{202e}gpj.exe", { path: "/etc/\\u{202e}gpj.exe", content: "" }),

  packageKind("tree", { package: "tree" }),
  packageKind("htop", { package: "htop" }),

  sudoRule("ada", { name: "ada", user: "ada", commands: ["ALL"] }),
]);

export const os = host.os.apply((system) => system.name);
`);
});
