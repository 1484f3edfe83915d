import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { JsonObject } from "#model/value.ts";
import { expEnvironment, expStack } from "../support/exp-stack.ts";
import { held, tried } from "../support/soak.ts";

/** Point 13: programs with another SDK than ours, from npm: an older one, and the newest. */
const PROGRAM = `import * as pulumi from "@pulumi/pulumi";
class Box extends pulumi.CustomResource {
  constructor(name, args, options) { super("exp:index:Box", name, { name, gen: undefined, size: undefined, ...args }, options); }
}
class Group extends pulumi.ComponentResource {
  constructor(name) { super("exp:index:Group", name); this.box = new Box(name + "-0", { spec: { hidden: pulumi.secret("psst") } }, { parent: this, customTimeouts: { create: "7m" }, additionalSecretOutputs: ["gen"] }); this.registerOutputs({ count: 1 }); }
}
const group = new Group("g");
const box = new Box("b", { spec: { from: group.box.gen, big: new pulumi.Config().getNumber("big") } }, { dependsOn: [group.box], aliases: [{ name: "older" }], ignoreChanges: ["size"] });
export const gen = box.gen;
export const greeting = pulumi.runtime.invokeOutput("exp:index:greet", { name: "you" });
export const asset = new Box("asset", { spec: { text: new pulumi.asset.StringAsset("as it is") } }).id;
`;

/** What is in the state apart from ids, times and ciphertexts. */
const comparable = (resources: readonly JsonObject[]): unknown =>
  JSON.parse(JSON.stringify(resources.map(({ created: _, modified: __, stackTrace: ___, sourcePosition: ____, id, ...rest }) => ({ ...rest, id: rest["type"] === "pulumi:providers:exp" ? "" : (id ?? "") }))).replaceAll(/"ciphertext":"[^"]+"/g, '"ciphertext":""').replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "uuid"));

const child = join(import.meta.dirname, "../support/exp-child.ts");

/** Brings the program up with the SDK in `modules`, and again; returns its resources. */
async function stateWith(modules: string | undefined): Promise<unknown> {
  const stack = await expStack();
  try {
    await stack.program("plan", { big: "7" });
    const directory = modules ?? (await mkdtemp(join(import.meta.dirname, ".sdk-")));
    const file = join(directory, "program.mjs");
    await writeFile(file, PROGRAM);
    await writeFile(join(stack.directory, "Pulumi.yaml"), `name: expproj\nruntime: nodejs\nmain: ${file}\n`);
    const run = () => execa(process.execPath, [child, stack.directory, "up"], { env: expEnvironment(stack.directory) });
    try {
      await run();
      const first = await stack.checkpoint();
      const { stdout } = await run();
      expect((JSON.parse(stdout.split("\n").at(-1) ?? "") as { calls: string[] }).calls.filter((call) => /^(create|update|delete) /.test(call))).toEqual([]);
      expect(await stack.checkpoint()).toEqual(first);
    } finally {
      if (modules === undefined) await rm(directory, { recursive: true });
    }
    return comparable(await stack.resources());
  } finally {
    await stack.remove();
  }
}

test.each(["3.248.0", "latest"])("@pulumi/pulumi %s makes the same state as the pinned one, and then nothing", async (version) => {
  tried("programs with another SDK");
  const modules = await mkdtemp(join(tmpdir(), "steading-sdk-"));
  try {
    await execa("npm", ["install", "--prefix", modules, "--no-audit", "--no-fund", "--ignore-scripts", `@pulumi/pulumi@${version}`]);
    expect(await stateWith(modules)).toEqual(await stateWith(undefined));
    held("programs with another SDK");
  } finally {
    await rm(modules, { recursive: true, force: true });
  }
}, 900_000);
