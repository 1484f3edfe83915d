import { Issues } from "#model/issue.ts";
import { readYaml, yamlText } from "#profiles/yaml-source.ts";

const mistakes = (read: () => unknown): readonly string[] => {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof Issues)) throw error;
    return error.issues.map(({ code, at, message, fix }) => `${code} ${at} ${message} (${fix})`);
  }
};

const warned: Error[] = [];
const onWarning = (warning: Error): void => void warned.push(warning);
beforeAll(() => void process.on("warning", onWarning));
afterAll(() => void process.off("warning", onWarning));

const bomb = ["a: &a [1]", ..."bcdefgh".split("").map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefg"[index] ?? ""}`).join(", ")}]`)].join("\n");

test.each<readonly [string, string, readonly string[]]>([
  ["a tag", "a:\n  - !secret x\nb: !vault |\n  y\n", ["2:5 a tag (!) means nothing here (write the value itself; text that begins with ! belongs in quotes)", "3:4 a tag (!) means nothing here (write the value itself; text that begins with ! belongs in quotes)"]],
  ["an alias of nothing", "a: *b\nb: &b 1\n", ["1:4 this alias (*) stands for nothing before it (text that begins with * belongs in quotes)"]],
  ["an alias of what it is in", "a: &a\n  - *a\n", ["2:5 this alias (*) is within what it stands for (text that begins with * belongs in quotes)"]],
  ["a few lines that stand for millions", bomb, ["2:8 aliases stand for too much here (write it out)"]],
  ["a key that is no word", "a: 1\nb: {{ name }}\n", ["2:5 a list or an object is no key (text with { or [ at its beginning belongs in quotes)"]],
  ["two documents", "a: 1\n---\nb: 1\n", ["2:1 there is more than one document in this file (one file for each; remove the line ---)"]],
  ["a key that is there twice", "a: 1\na: 2\n", ["2:1 Map keys must be unique ()"]],
  ["a colon at the end of a value", "host: local:\n", ['1:7 Nested mappings are not allowed in compact mappings (a value with ": " in it, or with : at its end, belongs in quotes)']],
  ["mistakes of all sorts, in the order of the file", "a: *x\nb: !y 1\na: 2\n", ["1:4 this alias (*) stands for nothing before it (text that begins with * belongs in quotes)", "2:4 a tag (!) means nothing here (write the value itself; text that begins with ! belongs in quotes)", "3:1 Map keys must be unique ()"]],
])("%s is said with its place", async (_, source, expected) => {
  expect(mistakes(() => readYaml(source, "f.yaml"))).toEqual(expected.map((each) => `yaml.invalid f.yaml:${each}`));
  await new Promise((resolve) => setImmediate(resolve));
  expect(warned).toEqual([]);
});

test.each(['a: "hunter2\nhunter2: [\n  }hunter2\n', "a: |hunter2\n", "a: 'x' hunter2\n", "a: !hunter2\n", "a: *hunter2\n"])("text that may be a secret is in no message: %j", (source) => {
  expect(mistakes(() => readYaml(source, "f.yaml")).join()).toMatch(/^(?!.*hunter2).+$/s);
});

test("anchors, aliases and merge keys are understood", () => {
  expect(readYaml("base: &b {x: 1, y: 1}\nc:\n  <<: *b\n  y: 2\nd: *b\n", "f.yaml").value).toEqual({ base: { x: 1, y: 1 }, c: { x: 1, y: 2 }, d: { x: 1, y: 1 } });
});

test.each<readonly [string, Uint8Array, string | readonly string[]]>([
  ["UTF-8", Buffer.from("a: ü\n"), "a: ü\n"],
  ["UTF-8 with a byte order mark", Buffer.from("\ufeffa: ü\n"), "a: ü\n"],
  ["Latin-1", Buffer.from("a: 1\nb: ü\n", "latin1"), ["yaml.invalid f.yaml:2:1 this line is no UTF-8 (save the file as UTF-8)"]],
  ["UTF-16", Buffer.from("\ufeffa: 1\n", "utf16le"), ["yaml.invalid f.yaml:1:1 this line is no UTF-8 (save the file as UTF-8)"]],
])("a file in %s", (_, bytes, expected) => {
  if (typeof expected === "string") expect(yamlText(bytes, "f.yaml")).toBe(expected);
  else expect(mistakes(() => yamlText(bytes, "f.yaml"))).toEqual(expected);
});
