import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { newCrypter } from "#engine/passphrase.ts";
import { steading } from "../support/cli.ts";

const MODULES = join(import.meta.dirname, "..", "..", "node_modules");
const PROJECT = "name: proj\nruntime: nodejs\nbackend:\n  url: file://./state\n";
const command = (name: string, create: string): string => `new local.Command("${name}", { create: "${create}" })`;
const ESM = 'import * as pulumi from "@pulumi/pulumi";\nimport { local } from "@pulumi/command";\n';
const CJS = 'const pulumi = require("@pulumi/pulumi");\nconst { local } = require("@pulumi/command");\n';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "steading-program-"));
  symlinkSync(MODULES, join(directory, "node_modules"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const write = (files: { readonly [name: string]: string }): void => {
  for (const [name, text] of Object.entries({ "Pulumi.yaml": PROJECT, "package.json": "{}", ...files })) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
};
const run = (...args: readonly string[]) => steading([...args, "--stack", "dev"], { cwd: directory, env: { PULUMI_CONFIG_PASSPHRASE: "test" } });

/** Outputs of a program after `up`. */
async function outputsOf(files: { readonly [name: string]: string }): Promise<unknown> {
  write(files);
  const { stdout, stderr } = await run("up", "--yes", "--json");
  if (stdout === "") throw new Error(stderr);
  return (JSON.parse(stdout) as { readonly outputs: unknown }).outputs;
}

describe("programs as people have them", () => {
  test.each([
    { name: "in CommonJS", files: { "index.js": `${CJS}exports.a = 1;\nexports.b = ${command("c", "echo made")}.stdout;` }, outputs: { a: 1, b: "made" } },
    { name: "in CommonJS, as an object", files: { "index.js": "module.exports = { a: 1, default: 2 };" }, outputs: { a: 1, default: 2 } },
    { name: "in CommonJS, as a function", files: { "index.js": "module.exports = async () => ({ a: 1 });" }, outputs: { a: 1 } },
    { name: "as package.json names them", files: { "package.json": '{ "main": "lib/app.js" }', "lib/app.js": "exports.a = 1;" }, outputs: { a: 1 } },
    { name: "in a folder, where they work", files: { "Pulumi.yaml": `${PROJECT}main: src\n`, "src/index.mjs": `${ESM}import { readFileSync } from "node:fs";\nexport const a = readFileSync("a", "utf8");\nexport const b = ${command("c", "cat a")}.stdout;`, "src/a": "near", a: "far" }, outputs: { a: "near", b: "near" } },
  ])("$name", async ({ files, outputs }) => {
    expect(await outputsOf(files)).toEqual(outputs);
  }, 30_000);
});

test("files of the project are found where Pulumi.yaml is, wherever the program works", async () => {
  const fromProject = JSON.stringify(join(import.meta.dirname, "../../src/provider/from-project.ts"));
  const outputs = await outputsOf({ "Pulumi.yaml": `${PROJECT}main: src\n`, "src/index.mjs": `import { fromProject } from ${fromProject};\nexport const here = process.cwd();\nexport const file = fromProject("ansible/site.yml");` });
  expect(outputs).toEqual({ here: realpathSync(join(directory, "src")), file: join(directory, "ansible/site.yml") });
}, 30_000);

test("what a program prints is no part of the document", async () => {
  write({ "index.mjs": 'console.log("hello from the program");\nexport const a = 1;' });
  const { stdout, stderr } = await run("preview", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ outputs: { a: 1 } });
  expect(stderr).toContain("hello from the program");
}, 30_000);

test("an output that is not known yet is not shown as null", async () => {
  write({ "index.mjs": `${ESM}export const a = ${command("c", "echo made")}.stdout;\nexport const b = null;` });
  expect((await run("preview")).stdout).toMatch(/^ {4}a {2}\[not known yet\]\n {4}b {2}null$/m);
}, 30_000);

describe("a program that goes wrong fails, and says why", () => {
  test.each([
    { name: "a command that ends with 1", text: 'import { execFile } from "node:child_process";\nimport { promisify } from "node:util";\nexport const a = pulumi.output(promisify(execFile)("sh", ["-c", "echo no such tag >&2; exit 1"])).apply((r) => r.stdout);', says: "no such tag" },
    { name: "an error with a code of gRPC", text: 'throw Object.assign(new Error("no service"), { code: 14 });', says: "no service" },
    { name: "process.exit at once", text: "process.exit(0);", says: "the program ended its process, with exit status 0" },
    { name: "process.exit in the middle", text: `${command("c", "sleep 0.5; echo made")};\nif (!pulumi.runtime.isDryRun()) setTimeout(() => process.exit(3), 100);`, says: "the program ended its process, with exit status 3" },
    { name: "process.exitCode", text: "process.exitCode = 4;", says: "the program set the exit status 4" },
  ])("$name", async ({ text, says }) => {
    write({ "index.mjs": `${ESM}${text}\n` });
    const { exitCode, stderr } = await run("up", "--yes");
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(says)]);
    // Nobody holds its lock any more.
    write({ "index.mjs": "" });
    expect((await run("destroy", "--yes")).stderr).toBe("");
  }, 60_000);

  test("a package that keeps a resource in a variable: what the preview showed is not made", async () => {
    write({
      "Pulumi.yaml": `${PROJECT}main: p\n`,
      "p/node_modules/kept/index.js": `const { local } = require("@pulumi/command");\nlet kept;\nexports.get = () => (kept ??= ${command("shared", "echo shared")});`,
      "p/index.mjs": `${ESM}import { get } from "kept";\nexport const a = new local.Command("d", { create: get().stdout.apply((s) => "echo " + s) }).stdout;`,
    });
    const { exitCode, stderr } = await run("up", "--yes");
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("the program declared this at the preview and not in the run")]);
  }, 30_000);
});

test("a secret of the configuration is shown nowhere, whoever says it; a plain value is", async () => {
  const token = "tok3n-of-the-config";
  write({
    "index.mjs": `${ESM}const c = new pulumi.Config();
const [token, plain] = [c.require("token"), c.require("plain")];
console.log("printed " + token + " " + plain);
pulumi.log.warn("logged " + token + " " + plain);
export const given = token + " " + plain;
export const said = new local.Command("c", { create: "echo got " + token + " " + plain }).stdout;
`,
  });
  const crypter = await newCrypter("test", "here");
  writeFileSync(join(directory, "Pulumi.dev.yaml"), `encryptionsalt: ${crypter.salt}\nconfig:\n  proj:token:\n    secure: ${crypter.encrypt(token)}\n  proj:plain: seen\n`);
  for (const args of [["preview"], ["up", "--yes"], ["preview", "--json"]]) {
    const { stdout, stderr } = await run(...args);
    expect(`${stdout}${stderr}`).toContain("[secret] seen");
    expect(`${stdout}${stderr}`).not.toContain(token);
  }
}, 60_000);
