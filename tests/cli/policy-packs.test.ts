import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jest } from "@jest/globals";
import { Ajv } from "ajv";
import schema from "#cli/output.schema.json" with { type: "json" };
import { document, steading, tryProject } from "../support/cli.ts";
import { PACKS } from "../support/policies.ts";
import { describeUnless } from "../support/skip.ts";
import { busyboxTree } from "../support/tree.ts";

const SECRET = "correct horse battery staple";
const PACK = join(PACKS, "layers");
// Each run starts Node two or three times.
jest.setTimeout(120_000);

const fits = new Ajv({ strict: false }).compile(schema);

const program = (root: string, path: string): string => `
import { secret } from "@pulumi/pulumi";
import { Host } from "steading/components/host.ts";
import { file } from "steading/kinds/file.ts";
const host = new Host("tree", { connection: { via: "tree", root: ${JSON.stringify(root)} } });
host.layer("base", [
  file("key", { path: ${JSON.stringify(path)}, content: secret(${JSON.stringify(SECRET)}), mode: "0777" }),
]);
`;

test.each([
  { name: "a directory that is not there", args: ["--policy-pack", "/nowhere"], code: "policy.pack" },
  { name: "more configurations than packs", args: ["--policy-pack-config", "a.json"], code: "option.invalid" },
])("$name is told, with exit status 1", async ({ args, code }) => {
  const project = tryProject("export const here = true;\n");
  const result = await steading(["preview", "--stack", "dev", "--json", ...args], { cwd: project.directory });
  project.remove();
  expect(result.exitCode).toBe(1);
  expect(document(result)).toMatchObject({ result: "failed", issues: [{ code }] });
});

describeUnless(process.getuid?.() === 0, "entering a tree needs root")("a stack on a tree, with a policy pack", () => {
  const tree = busyboxTree();
  const projects = { good: tryProject(program(tree.root, "/etc/key")), bad: tryProject(program(tree.root, "/tmp/key")) };
  const run = (which: keyof typeof projects, ...args: readonly string[]) =>
    steading([...args, "--stack", "dev", "--policy-pack", PACK], { cwd: projects[which].directory, env: { PULUMI_CONFIG_PASSPHRASE: "test", FORCE_COLOR: "" } });
  afterAll(() => {
    projects.good.remove();
    projects.bad.remove();
    tree.remove();
  });

  test("what is forbidden is told by preview and up, and nothing is made", async () => {
    for (const command of [["preview"], ["up", "--yes"]]) {
      const { exitCode, stderr } = await run("bad", ...command);
      expect(exitCode).toBe(1);
      expect(stderr).toContain("error base: layers@0.3.0 nothing-in-tmp: Files do not lie in /tmp.\n/tmp/key");
    }
    expect(existsSync(join(tree.root, "tmp/key"))).toBe(false);
  });

  test("what is advised and changed is told once, without secrets, and done", async () => {
    const { exitCode, stdout, stderr } = await run("good", "up", "--yes");
    expect(exitCode).toBe(0);
    expect(stderr).toBe("warning base: layers@0.3.0 plain-files: Files hold nothing.\n/etc/key holds [secret]");
    expect(stdout.match(/^ {2}~ base {2}changed by layers@0\.3\.0 closed-files: items\.file\.key\.mode$/gm)).toHaveLength(1);
    expect(statSync(join(tree.root, "etc/key")).mode & 0o777).toBe(0o700);
  });

  test("a second run has nothing to do; its document fits the schema", async () => {
    const result = await run("good", "up", "--yes", "--json");
    const output = document(result);
    expect(fits(output) ? [] : fits.errors).toEqual([]);
    const who = { pack: "layers", version: "0.3.0", urn: expect.stringMatching(/::base$/) as unknown };
    expect(output).toMatchObject({
      result: "succeeded",
      summary: { change: 0 },
      violations: [{ ...who, policy: "plain-files", level: "advisory", message: expect.stringContaining("[secret]") as unknown }],
      remediations: [{ ...who, policy: "closed-files", paths: ["items.file.key.mode"] }],
    });
    expect(result.stdout + result.stderr).not.toContain(SECRET);
  });

  test("without the pack the program's own value counts again, and a configuration may turn a policy off", async () => {
    const config = join(projects.good.directory, "policies.json");
    writeFileSync(config, '{"closed-files": "disabled", "plain-files": "disabled"}');
    const off = await run("good", "preview", "--policy-pack-config", config, "--json");
    expect(off.exitCode).toBe(2);
    expect(document(off)).toMatchObject({ layers: [{ items: [{ name: "key", fields: [{ field: "mode", have: "0700", want: "0777" }] }] }] });
    expect(document(off)).not.toHaveProperty("violations");
  });
});
