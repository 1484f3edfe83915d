import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStack } from "#engine/open-stack.ts";
import { emptySnapshot } from "#engine/snapshot.ts";
import { secret } from "#model/value.ts";

const fixture = (name: string) => readFileSync(new URL(`../fixtures/pulumi-state/${name}`, import.meta.url), "utf8");

let root = "";
const env = { PULUMI_CONFIG_PASSPHRASE: "test" };
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "steading-stack-"));
  writeFileSync(join(root, "Pulumi.yaml"), "name: expproj\nruntime: nodejs\nbackend: {url: file://.}\n");
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** The project and state of the Pulumi CLI's stack `dev`. */
function withFixture(config = true): string {
  const directory = join(root, ".pulumi/stacks/expproj");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "dev.json"), fixture("component-and-secret.json"));
  if (config) writeFileSync(join(root, "Pulumi.dev.yaml"), fixture("component-and-secret.config.yaml"));
  return join(directory, "dev.json");
}

const open = (forChange: boolean, more: { env?: NodeJS.ProcessEnv; stack?: string } = {}) => openStack({ directory: root, stack: "dev", forChange, env, ...more });

test("a stack of the Pulumi CLI opens with configuration, state and secrets, and a preview touches nothing", async () => {
  withFixture();
  const stack = await open(false);
  expect(stack.config.values).toEqual({ "expproj:deep": "z", "expproj:token": "s3cret" });
  expect(stack.snapshot?.resources).toHaveLength(4);
  expect(stack.snapshot?.resources[3]?.inputs["token"]).toEqual(secret("s3cret"));
  await expect(stack.save(emptySnapshot())).rejects.toThrow("for reading");
  await stack.close();
  expect(readdirSync(root).sort()).toEqual([".pulumi", "Pulumi.dev.yaml", "Pulumi.yaml"]);
  expect(readdirSync(join(root, ".pulumi"))).toEqual(["stacks"]);
});

test("opened for change it is locked until it is closed, and saved as it was", async () => {
  const file = withFixture();
  const stack = await open(true);
  await expect(open(true)).rejects.toThrow(/locked by/);
  await (await open(false)).close();
  if (stack.snapshot === undefined) throw new Error("no snapshot");
  await stack.save(stack.snapshot);
  expect(readFileSync(file, "utf8")).toBe(fixture("component-and-secret.json").trimEnd());
  await stack.close();
  await (await open(true)).close();
});

test("a new stack gets a salt, and its secrets are not in clear", async () => {
  const stack = await open(true);
  expect(stack.snapshot).toBeUndefined();
  const state = { urn: "u", type: "t", custom: true, inputs: { a: secret("hunter2") }, outputs: {}, dependencies: [], propertyDependencies: {} };
  await stack.save({ ...emptySnapshot(), resources: [state] });
  await stack.close();
  expect(readFileSync(join(root, "Pulumi.dev.yaml"), "utf8")).toMatch(/^encryptionsalt: v1:\S+\n$/);
  expect(readFileSync(stack.place.checkpoint, "utf8")).not.toContain("hunter2");
  expect((await open(false)).snapshot?.resources[0]?.inputs).toEqual({ a: secret("hunter2") });
});

test("a stack file without a salt takes the one of the state", async () => {
  withFixture(false);
  const stack = await open(true);
  await stack.close();
  expect(readFileSync(join(root, "Pulumi.dev.yaml"), "utf8")).toBe(`encryptionsalt: ${/v1:qQX[^"]+/.exec(fixture("component-and-secret.json"))?.[0] ?? ""}\n`);
});

test("a stack without secrets needs no passphrase", async () => {
  const stack = await open(true, { env: {} });
  await stack.save(emptySnapshot());
  await stack.close();
  expect(existsSync(join(root, "Pulumi.dev.yaml"))).toBe(false);
  expect((await open(false, { env: {} })).snapshot).toBeDefined();
});

test.each([
  ["no passphrase", {}, /PULUMI_CONFIG_PASSPHRASE/],
  ["a wrong passphrase", { PULUMI_CONFIG_PASSPHRASE: "tset" }, /passphrase is not the one/],
])("%s is an issue, and leaves no lock", async (_name, given, message) => {
  withFixture();
  await expect(open(true, { env: given })).rejects.toThrow(message);
  await (await open(true)).close();
});

test("a stack without a project is refused", async () => {
  await expect(openStack({ directory: "/proc/self", stack: "dev", forChange: false, env })).rejects.toThrow(/no Pulumi\.yaml/);
});
