import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { synthesise } from "#terraform/synth.ts";
import { libraries, network, treeOf } from "./trees.ts";

const { cdktf, cdktn } = libraries;
const directory = mkdtempSync(join(tmpdir(), "steading-trees-"));
const appOf = (cdk: typeof cdktn) => new cdk.App({ outdir: directory });
afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

test("one program comes to the same through cdktf and through cdktn", () => {
  const [a, b] = [synthesise(network(cdktf), "a stack"), synthesise(network(cdktn), "a stack")];
  expect(a).toEqual(b);
  expect(b).toEqual({
    configuration: {
      variable: { password: { type: "string" } },
      resource: {
        terraform_data: {
          site: { input: { name: "home" }, triggers_replace: { 0: "1" } },
          login: { input: { password: "${var.password}", user: "${terraform_data.site.id}" } },
        },
      },
      output: { name: { value: "${terraform_data.site.output}" }, known: { value: "known" }, secret: { value: "${var.password}", sensitive: true } },
    },
    files: {},
    executables: [],
    links: {},
    warnings: [],
  });
});

test.each(["cdktf", "cdktn"] as const)("aspects, assets, overrides and warnings of %s are in it; the app's own folder is not needed", (name) => {
  writeFileSync(join(directory, "motd"), "hello");
  const tree = treeOf(libraries[name], (stack, { Annotations, AssetType, DataResource, Aspects, TerraformAsset }) => {
    const asset = new TerraformAsset(stack, "motd", { path: join(directory, "motd"), type: AssetType.FILE });
    const site = new DataResource(stack, "site", { input: { file: `\${file("${asset.path}")}` } });
    Aspects.of(stack).add({ visit: (node) => { if (node === site) site.addOverride("triggers_replace", "x"); } });
    Annotations.of(site).addWarning("an old sort");
  });
  const { configuration, files, warnings } = synthesise(tree, "a stack");
  expect(Object.entries(files)).toEqual([[expect.stringMatching(/^assets\/motd\/.*\/motd$/), Buffer.from("hello").toString("base64")]]);
  expect(configuration).toMatchObject({ resource: { terraform_data: { site: { triggers_replace: "x", input: { file: `\${file("${Object.keys(files)[0] ?? ""}")}` } } } } });
  expect(warnings).toEqual(["network/site: an old sort"]);
});

test.each(["cdktf", "cdktn"] as const)("a folder of assets of %s has its programs and its links", (name) => {
  const folder = join(directory, `folder-${name}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "run.sh"), "#!/bin/sh", { mode: 0o755 });
  writeFileSync(join(folder, "text"), "hello", { mode: 0o644 });
  symlinkSync("text", join(folder, "link"));
  const { files, executables, links } = synthesise(treeOf(libraries[name], (stack, { AssetType, TerraformAsset }) => { new TerraformAsset(stack, "folder", { path: folder, type: AssetType.DIRECTORY }); }), "a stack");
  expect([Object.keys(files).length + Object.keys(links).length, executables, Object.values(links)]).toEqual([3, [expect.stringMatching(/run\.sh$/)], name === "cdktn" ? ["text"] : []]);
});

test("a backend that a program declares stays in it, to be refused", () => {
  const tree = treeOf(cdktn, (stack, { HttpBackend }) => { new HttpBackend(stack, { address: "https://state.example" }); });
  expect(synthesise(tree, "a stack").configuration["terraform"]).toEqual({ backend: { http: { address: "https://state.example" } } });
});

test.each(["cdktf", "cdktn"] as const)("a local backend of %s that a program declares is warned of: its state is not taken over", (name) => {
  const tree = treeOf(libraries[name], (stack, { LocalBackend }) => { new LocalBackend(stack, { path: "old.tfstate" }); });
  const { configuration, warnings } = synthesise(tree, "a stack");
  expect([configuration["terraform"], warnings]).toEqual([undefined, [expect.stringMatching(/^the local backend old\.tfstate is not used: .*importFrom/)]]);
});

test("a tree of both libraries is refused, before it is synthesised", () => {
  const stack = new cdktn.TerraformStack(appOf(cdktn), "mixed");
  new cdktf.DataResource(stack, "site", {});
  expect(() => synthesise(stack, "terraform stack mixed")).toThrow(/^terraform stack mixed stack: there are constructs of cdktf and of cdktn in one tree \(import all from one of them/);
});

test("what the library refuses is said: a resource without its provider", () => {
  const stack = new cdktn.TerraformStack(appOf(cdktn), "bare");
  new cdktn.TerraformResource(stack, "web", { terraformResourceType: "docker_container", terraformGeneratorMetadata: { providerName: "docker" } });
  expect(() => synthesise(stack, "terraform stack bare")).toThrow(/terraform stack bare stack: .*without a matching provider/s);
});

test("a stack that uses another stack of its app is refused, and so is one in no app", () => {
  const app = appOf(cdktn);
  const [first, second] = [new cdktn.TerraformStack(app, "first"), new cdktn.TerraformStack(app, "second")];
  const site = new cdktn.DataResource(first, "site", { input: { name: "home" } });
  new cdktn.DataResource(second, "other", { input: { id: site.id } });
  expect(() => synthesise(second, "terraform stack second")).toThrow(/it uses what another stack of the App makes \(give it over through outputs and variables/);
  const alone = { dependencies: [], prepareStack: () => undefined, synthesizer: { synthesize: () => undefined } };
  const root = { node: { id: "", path: "", findAll: () => [], get root() { return root; } } };
  expect(() => synthesise({ ...alone, node: root.node }, "terraform stack alone")).toThrow(/the stack is in no App/);
});
