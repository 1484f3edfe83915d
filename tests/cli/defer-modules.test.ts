import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Runs a module's text in a Node of its own, where hooks of Node's loader work, and returns what it prints. */
const print = (text: string): unknown =>
  JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", text], { cwd: fileURLToPath(new URL("../..", import.meta.url)), encoding: "utf8" }));

const deferring = `import { createRequire } from "node:module"; (await import("#cli/defer-modules.ts")).deferModules(); const loaded = () => Object.keys(createRequire(import.meta.url).cache);`;

test("importing the SDK leaves npm's arborist and the TypeScript compiler alone", () => {
  const heavy = `loaded().filter((path) => /node_modules\\/(@npmcli\\/arborist|typescript)\\//.test(path) && path.startsWith("/")).length`;
  const plain = `import { createRequire } from "node:module"; const loaded = () => Object.keys(createRequire(import.meta.url).cache);`;
  expect(print(`${plain} await import("@pulumi/pulumi"); console.log(${heavy})`)).toBeGreaterThan(0); // it would be seen
  expect(print(`${deferring} await import("@pulumi/pulumi"); console.log(${heavy})`)).toBe(0);
});

test("what is loaded late is the real thing", () => {
  expect(
    print(`${deferring} const p = await import("@pulumi/pulumi"); console.log(JSON.stringify([typeof p.automation.LocalWorkspace.create, typeof p.dynamic.Resource, typeof p.provider.main, "LocalWorkspace" in p.automation]))`),
  ).toEqual(["function", "function", "function", true]);
});
