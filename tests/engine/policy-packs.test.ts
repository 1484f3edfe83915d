import { existsSync } from "node:fs";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { jest } from "@jest/globals";
import { execa } from "execa";
import { preview } from "#engine/operations/preview.ts";
import { up } from "#engine/operations/up.ts";
import { writes } from "../support/exp.ts";
import { expEnvironment, expStack } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import { boxesPack, found, PACKS, packProcesses, runJudged } from "../support/policies.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());
// Each run starts Node once or twice more.
jest.setTimeout(120_000);

const MODULES = join(import.meta.dirname, "..", "..", "node_modules");
const GOOD = 'const { PolicyPack } = require("@pulumi/policy");\nnew PolicyPack("own", { policies: [] });\n';

/** A pack of these files, in the stack's directory; `node_modules` is there. */
async function packOf(files: { readonly [name: string]: string }): Promise<string> {
  const directory = join(stack.directory, "pack");
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  await symlink(MODULES, join(directory, "node_modules"));
  for (const [name, text] of Object.entries({ "PulumiPolicy.yaml": "runtime: nodejs\n", "package.json": '{"name":"own","version":"0.1.0"}', ...files })) await writeFile(join(directory, name), text);
  return directory;
}

async function judgeBy(directory: string, operation = up): Promise<ExpRun> {
  await stack.program("plan", { plan: JSON.stringify({ boxes: [{ name: "a" }] }) });
  return stack.run(operation, { policyPacks: [{ directory }] });
}

test.each<{ name: string; files: { readonly [name: string]: string }; message: RegExp }>([
  { name: "has a syntax error", files: { "index.js": "const = 1;\n" }, message: /did not start: it ended with exit status 1[\s\S]*pack\/index\.js:1\n[\s\S]*SyntaxError: Unexpected token '='/ },
  { name: "throws", files: { "index.js": 'throw new Error("no pack today");\n' }, message: /Error: no pack today\n +at .*index\.js:1/ },
  { name: "makes no PolicyPack", files: { "index.js": "module.exports = {};\n" }, message: /did not start: it ended with exit status 0/ },
  { name: "prints before it serves", files: { "index.js": `console.log("hello");\n${GOOD}` }, message: /its first line is "hello", not the port/ },
  { name: "has no version", files: { "index.js": GOOD, "package.json": '{"name":"own"}' }, message: /pack\/package\.json version: is missing/ },
  { name: "has no code", files: {}, message: /pack: there is no such file/ },
  { name: "is in Python", files: { "PulumiPolicy.yaml": "runtime: python\n" }, message: /does not run policy packs in python \(use the Pulumi CLI\)/ },
  { name: "uses a package that is not there", files: { "index.js": 'require("not-there");\n' }, message: /Cannot find module 'not-there'/ },
])("a pack that $name fails the run before anything is touched", async ({ files, message }) => {
  const run = await judgeBy(await packOf(files));
  expect(run.succeeded).toBe(false);
  expect(run.errors).toMatch(message);
  expect(run.diagnostics.filter(({ severity }) => severity === "error")).toHaveLength(1);
  expect(stack.world.calls.filter((call) => call !== "close")).toEqual([]);
  expect(existsSync(join(stack.directory, ".pulumi", "stacks", "expproj", "dev.json"))).toBe(false);
  expect(packProcesses(process.pid)).toEqual([]);
});

test("directories without a pack are told all at once", async () => {
  await stack.program("plan", { plan: "{}" });
  const run = await stack.run(preview, { policyPacks: [{ directory: "/nowhere/pack" }, { directory: stack.directory }, await boxesPack(stack)] });
  expect(run.diagnostics.flatMap(({ issues = [] }) => issues.map(({ at, message }) => `${at}: ${message}`))).toEqual([
    "/nowhere/pack: there is no policy pack",
    `${stack.directory}: is no policy pack: it has no PulumiPolicy.yaml`,
  ]);
  expect(packProcesses(process.pid)).toEqual([]);
});

test("a pack may be in TypeScript; its version is that of PulumiPolicy.yaml; what it prints is shown", async () => {
  const directory = await packOf({
    "PulumiPolicy.yaml": "runtime:\n  name: nodejs\nversion: 9.9.9\nmain: own.ts\n",
    "own.ts": `import { PolicyPack } from "@pulumi/policy";
new PolicyPack("own", { policies: [{ name: "hello", description: "Says hello.", enforcementLevel: "advisory", validateResource: ({ type }: { type: string }, report) => { if (type === "exp:index:Box") { console.log("looking"); report("Hello."); } } }] });
`,
  });
  const run = await judgeBy(directory, preview);
  expect(found(run)).toEqual(["warning a own@9.9.9 hello: Says hello. Hello."]);
  expect(run.diagnostics.filter(({ fromProgram }) => fromProgram === true).map(({ message }) => message)).toEqual(["looking"]);
});

test("several packs judge one run", async () => {
  const directory = await packOf({ "index.js": GOOD.replace("policies: []", 'policies: [{ name: "no", description: "No.", enforcementLevel: "mandatory", validateStack: (args, report) => report() }]') });
  await stack.program("plan", { plan: JSON.stringify({ boxes: [{ name: "a", args: { size: "big" } }] }) });
  const run = await stack.run(preview, { policyPacks: [await boxesPack(stack), { directory }] });
  expect(found(run)).toEqual(["error expproj-dev own@0.1.0 no: No.", "warning a boxes@1.2.3 advise-big: Checks advise-big. It is big."]);
});

test("a pack that ends in the middle of a run fails it", async () => {
  const run = await runJudged(stack, { boxes: [{ name: "a" }] }, { exit: "advisory" });
  expect(run.succeeded).toBe(false);
  expect(run.errors).toContain("the policy pack boxes@1.2.3 can judge nothing more: it ended with exit status 3");
  expect(writes(stack.world)).toEqual([]);
});

describe("no process of a pack is left", () => {
  const plan = { boxes: [{ name: "a" }, { name: "b", args: { size: "huge" } }] };

  test.each([{ name: "succeeded", config: { "forbid-huge": "advisory" } }, { name: "failed", config: {} }])("after a run that $name", async ({ config }) => {
    await stack.program("plan", { plan: JSON.stringify(plan) });
    const during: number[] = [];
    const run = await stack.run(up, {
      policyPacks: [await boxesPack(stack, config)],
      onEvent: (event) => {
        if (event.event === "resource-pre") during.push(packProcesses(process.pid).length);
      },
    });
    expect(run.succeeded).toBe("forbid-huge" in config);
    expect(Math.max(...during)).toBe(1);
    expect(packProcesses(process.pid)).toEqual([]);
  });

  test("after a run that was cancelled while a policy would not end", async () => {
    await stack.program("plan", { plan: JSON.stringify(plan) });
    const abort = new AbortController();
    const asked = Promise.withResolvers<undefined>();
    const running = stack.run(up, {
      policyPacks: [await boxesPack(stack, { hang: "advisory" })],
      signal: abort.signal,
      onEvent: (event) => {
        if (event.event === "diagnostic" && event.message.includes("never ends")) asked.resolve(undefined);
      },
    });
    await asked.promise;
    expect(packProcesses(process.pid)).toHaveLength(1);
    abort.abort();
    expect((await running).succeeded).toBe(false);
    expect(packProcesses(process.pid)).toEqual([]);
  });

  test("after the engine was killed while a policy would not end", async () => {
    const directory = await packOf({
      "index.js": GOOD.replace("policies: []", 'policies: [{ name: "busy", description: "Never ends.", enforcementLevel: "advisory", validateResource: () => { require("fs").writeFileSync("busy", ""); for (;;); } }]'),
    });
    await stack.program("plan", { plan: JSON.stringify({ boxes: [{ name: "a" }] }) });
    const child = execa(process.execPath, [join(import.meta.dirname, "..", "support", "exp-child.ts"), stack.directory, "up-at-once", "dev", directory], { env: expEnvironment(stack.directory), reject: false });
    await until(() => existsSync(join(directory, "busy")));
    const packs = packProcesses(child.pid ?? 0);
    expect(packs).toHaveLength(1);
    child.kill("SIGKILL");
    await child;
    await ended(packs);
  });

  test("after the engine was killed", async () => {
    await stack.program("plan", { plan: JSON.stringify({ boxes: [{ name: "a", args: { delayMs: 30_000 } }] }) });
    const child = execa(process.execPath, [join(import.meta.dirname, "..", "support", "exp-child.ts"), stack.directory, "up-at-once", "dev", join(PACKS, "boxes")], { env: expEnvironment(stack.directory), reject: false });
    await until(async () => (await readFile(join(stack.directory, ".pulumi", "stacks", "expproj", "dev.json"), "utf8").catch(() => "")).includes('"creating"'));
    const packs = packProcesses(child.pid ?? 0);
    expect(packs).toHaveLength(1);
    child.kill("SIGKILL");
    await child;
    await ended(packs);
  });
});

async function ended(packs: readonly number[]): Promise<void> {
  const left = (): readonly number[] => packs.filter((pid) => existsSync(`/proc/${String(pid)}`));
  await until(() => left().length === 0);
  const stayed = left();
  for (const pid of stayed) process.kill(pid, "SIGKILL");
  expect(stayed).toEqual([]);
}

/** Waits until something is so, at most ten seconds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end && !(await holds()); ) await sleep(50);
}
