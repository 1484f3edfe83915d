import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProject } from "#engine/find-project.ts";
import { newCrypter, openCrypter } from "#engine/passphrase.ts";
import type { Crypter } from "#engine/passphrase.ts";
import { programConfig } from "#engine/program-config.ts";
import { fullKey, parseProject } from "#engine/project.ts";
import { StackConfig, stackConfigFile } from "#engine/stack-config.ts";
import { Issues } from "#model/issue.ts";
import fc from "fast-check";

let crypter: Crypter;
beforeAll(async () => {
  crypter = await newCrypter("test", "here");
});

const project = (text = "") => parseProject("/p/Pulumi.yaml", `name: proj\nruntime: nodejs\n${text}`);
const stack = (config: string) => new StackConfig("/p/Pulumi.dev.yaml", config === "" ? undefined : config, "proj");
const valueOf = (yaml: string): string | undefined => programConfig(project(), stack(`config:\n  k: ${yaml}\n`), crypter).values["proj:k"];

test.each([
  ["plain text", "plain text"],
  ['"5"', "5"],
  ["5", "5"],
  ["-7", "-7"],
  ["+5", "5"],
  ["12345678901234567890", "12345678901234567890"],
  ["123456789012345678901", "123456789012345680000"],
  ["014", "12"],
  ["0o14", "12"],
  ["0x1F", "31"],
  ["0b101", "5"],
  ["089", "89"],
  ["1_000", "1000"],
  ["1.50", "1.5"],
  ["1.0", "1"],
  ["1e3", "1000"],
  ["1e400", "1e400"],
  ["1.2.3", "1.2.3"],
  ["10.0.0.1/24", "10.0.0.1/24"],
  ["-x", "-x"],
  [".5", "0.5"],
  ["true", "true"],
  ["True", "true"],
  ["yes", "yes"],
  ["off", "off"],
  ["", "null"],
  ["~", "null"],
  ["'null'", "null"],
  ["'2026-11-21'", "2026-11-21"],
  ["!!str 5", "5"],
  ["|\n    two\n    lines", "two\nlines\n"],
  ["[1, two, 3.0, true, null]", '[1,"two",3,true,null]'],
  ["{b: 1, a: {c: [x]}}", '{"a":{"c":["x"]},"b":1}'],
  ["{5: a, true: b}", '{"5":"a","true":"b"}'],
  ["[12345678901234567890]", "[12345678901234567890]"],
  ["[<&>]", '["\\u003c\\u0026\\u003e"]'],
  ["{secure: 5}", '{"secure":5}'],
  ["[&a x, *a]", '["x","x"]'],
])("the value %j reaches the program as %j, as with the Pulumi CLI", (yaml, expected) => {
  expect(valueOf(yaml)).toBe(expected);
});

test.each(["2026-11-21", "2026-11-21T10:00:00Z", "2026-1-2 3:04:05", "[2026-11-21]"])("the date %s without quotes is refused", (yaml) => {
  expect(() => valueOf(yaml)).toThrow(/Pulumi\.dev\.yaml config\.proj:k.*quotes/);
});

test("secrets are opened, also inside objects, and named as secret", () => {
  const text = `config:
  plain: a
  s: {secure: "${crypter.encrypt("hidden")}"}
  o:
    list: [1, {secure: "${crypter.encrypt('say "hi"')}"}]
`;
  const { values, secretKeys, closed } = programConfig(project(), stack(text), crypter);
  expect(values).toEqual({ "proj:plain": "a", "proj:s": "hidden", "proj:o": '{"list":[1,"say \\"hi\\""]}' });
  expect(secretKeys).toEqual(["proj:s", "proj:o"]);
  expect(closed).toEqual({ "proj:plain": "a", "proj:s": { secure: expect.stringMatching(/^v1:/) as string }, "proj:o": { list: [1, { secure: expect.stringMatching(/^v1:/) as string }] } });
  expect(JSON.stringify(closed)).not.toContain("hidden");
});

test("the configuration that the Pulumi CLI wrote is read", async () => {
  const file = new URL("../fixtures/pulumi-state/component-and-secret.config.yaml", import.meta.url);
  const config = new StackConfig("c.yaml", readFileSync(file, "utf8"), "expproj");
  const own = await openCrypter("test", config.salt ?? "", "c.yaml");
  const { values, secretKeys } = programConfig(parseProject("/p/Pulumi.yaml", "name: expproj\nruntime: nodejs\n"), config, own);
  expect(values).toEqual({ "expproj:deep": "z", "expproj:token": "s3cret" });
  expect(secretKeys).toEqual(["expproj:token"]);
});

test.each([
  ["a", "proj:a"],
  ["aws:region", "aws:region"],
  ["aws:config:region", "aws:region"],
])("the key %s means %s", (key, expected) => {
  expect(fullKey(key, "proj")).toBe(expected);
});

test("Pulumi.yaml gives defaults and values, and asks for types; all mistakes come at once", () => {
  const asks = project(`config:
  size: small
  aws:region: eu
  port: {type: integer, default: 80}
  hosts: {type: array, items: {type: string}}
  token: {type: string, secret: true}
  flag: {type: boolean, value: true}
  other: {type: string}
`);
  const good = `config: {hosts: [a, b], token: {secure: "${crypter.encrypt("t")}"}, other: "1", size: big}`;
  expect(programConfig(asks, stack(good), crypter).values).toEqual({
    "proj:size": "big", "aws:region": "eu", "proj:port": "80", "proj:hosts": '["a","b"]', "proj:token": "t", "proj:flag": "true", "proj:other": "1",
  });
  const bad = (): unknown => programConfig(asks, stack("config: {hosts: [1], token: clear, port: http, flag: maybe}"), crypter);
  const issues = (() => {
    try {
      return bad();
    } catch (error) {
      return error instanceof Issues ? error.issues.map((issue) => `${issue.code} ${issue.path}`).sort() : error;
    }
  })();
  expect(issues).toEqual([
    "config.missing config.proj:other", "config.type config.proj:flag", "config.type config.proj:hosts", "config.type config.proj:port", "config.unencrypted config.proj:token",
  ]);
});

test("a secret of another passphrase is named by its key", async () => {
  const other = await newCrypter("other", "there");
  const text = `config: {a: {secure: "${other.encrypt("x")}"}, b: {secure: "${other.encrypt("y")}"}}`;
  expect(() => programConfig(project(), stack(text), crypter)).toThrow(/config\.proj:a[^]*config\.proj:b/);
  expect(() => programConfig(project(), stack(text), undefined)).toThrow(/PULUMI_CONFIG_PASSPHRASE/);
});

test("comments, order and unknown keys stay when a value is set", () => {
  const text = `# top
encryptionsalt: v1:x # salt
future: {a: [1]} # unknown
config:
  # about a
  proj:a: "1" # one
  b: old
  aws:region: eu
`;
  const config = stack(text);
  config.set("b", "5");
  config.set("aws:region", "us");
  config.set("c", "new: value");
  expect(config.text()).toBe(`# top
encryptionsalt: v1:x # salt
future: {a: [1]} # unknown
config:
  # about a
  proj:a: "1" # one
  b: "5"
  aws:region: us
  proj:c: "new: value"
`);
  expect(config.remove("b")).toBe(true);
  expect(config.remove("b")).toBe(false);
  expect([...config.values().keys()]).toEqual(["proj:a", "aws:region", "proj:c"]);
});

test("a secret that is set is not in the text, and brings its salt as the first line", () => {
  const config = stack("config:\n  proj:a: b\n");
  config.setSecret("token", "hunter2", crypter);
  expect(config.text()).toMatch(/^encryptionsalt: v1:\S+\nconfig:\n {2}proj:a: b\n {2}proj:token:\n {4}secure: v1:\S+\n$/);
  expect(config.text()).not.toContain("hunter2");
  expect(programConfig(project(), new StackConfig("x", config.text(), "proj"), crypter).values["proj:token"]).toBe("hunter2");
});

test("any text that is set is read again, as text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (value) => {
      const config = stack("");
      config.set("k", value);
      expect(programConfig(project(), new StackConfig("x", config.text(), "proj"), undefined).values["proj:k"]).toBe(value);
    }),
  );
});

test.each([
  ["secretsprovider: awskms://x", /awskms:\/\/x.*Pulumi CLI/],
  ["encryptedkey: abc", /encryptedkey.*Pulumi CLI/],
  ["environment: [prod]", /environment.*Pulumi CLI/],
  ["- a", /not a map/],
  ["config: {a: 1", /Pulumi\.dev\.yaml:1:\d+/],
])("%s is refused", (text, message) => {
  expect(() => stack(text)).toThrow(message);
});

test("Pulumi.yaml is read whole, from a directory below too", () => {
  const root = mkdtempSync(join(tmpdir(), "steading-project-"));
  try {
    mkdirSync(join(root, "a/b"), { recursive: true });
    const text = `name: p
runtime: {name: nodejs, options: {nodeargs: "--import tsx"}}
main: stacks
backend: {url: "file://./state"}
stackConfigDir: conf
plugins:
  providers: [{name: steading, path: ./dist}, {name: x, path: /x, version: 1.2.3}]
future: [1]
`;
    writeFileSync(join(root, "Pulumi.yaml"), text);
    const found = findProject(join(root, "a/b"));
    const read = parseProject(found.file, found.text);
    expect(read).toMatchObject({
      directory: root, name: "p", runtime: { name: "nodejs", options: { nodeargs: "--import tsx" } }, main: "stacks", backendUrl: "file://./state",
      providers: [{ name: "steading", path: join(root, "dist") }, { name: "x", path: "/x", version: "1.2.3" }], fields: { future: [1] },
    });
    expect(stackConfigFile(read, "dev")).toBe(join(root, "conf/Pulumi.dev.yaml"));
    expect(() => findProject("/proc/self")).toThrow(/no Pulumi\.yaml/);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test.each([
  ["runtime: nodejs", /name: is not there/],
  ["name: p", /runtime: is not an object/],
  ["name: [p]\nruntime: nodejs", /name: is not a string/],
  ["name: p\nruntime: nodejs\nplugins: {providers: [{name: x}]}", /plugins\.providers\[0\]\.path: is not there/],
])("the project file %j is refused with its place", (text, message) => {
  expect(() => parseProject("/p/Pulumi.yaml", text)).toThrow(/^\/p\/Pulumi\.yaml/);
  expect(() => parseProject("/p/Pulumi.yaml", text)).toThrow(message);
});

test("the file keeps its permission bits when it is saved", async () => {
  const root = mkdtempSync(join(tmpdir(), "steading-config-"));
  try {
    const file = join(root, "Pulumi.dev.yaml");
    writeFileSync(file, "config: {}\n", { mode: 0o600 });
    const config = await StackConfig.load(file, "p");
    config.set("a", "b");
    await config.save();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await StackConfig.load(file, "p")).values().get("p:a")).toMatchObject({ text: "b" });
  } finally {
    rmSync(root, { recursive: true });
  }
});
