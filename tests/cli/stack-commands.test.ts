import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import schema from "#cli/output.schema.json" with { type: "json" };
import { newCrypter } from "#engine/passphrase.ts";
import { StackConfig } from "#engine/stack-config.ts";
import { document, steading, tryProject } from "../support/cli.ts";
import { describeUnless } from "../support/skip.ts";
import { busyboxTree } from "../support/tree.ts";

const SECRET = "correct horse battery staple";
const ESCAPE = "\u001b[";
const fits = new Ajv({ strict: false }).compile(schema);

const program = (root: string, more = ""): string => `
import { secret } from "@pulumi/pulumi";
import { Host } from "steading/components/host.ts";
import { file } from "steading/kinds/file.ts";
const host = new Host("tree", { connection: { via: "tree", root: ${JSON.stringify(root)} } });
host.layer("base", [
  file("motd", { path: "/etc/motd", content: "hello\\n" }),
  file("key", { path: "/etc/key", content: secret(${JSON.stringify(SECRET)}), mode: "0600" }),
  ${more}
]);
export const token = secret(${JSON.stringify(SECRET)});
export const place = "here";
`;

describeUnless(process.getuid?.() === 0, "entering a tree needs root")("a stack on a tree, through a pipe", () => {
  const tree = busyboxTree();
  const project = tryProject(program(tree.root));
  const env = { PULUMI_CONFIG_PASSPHRASE: "test", FORCE_COLOR: "" };
  const said: string[] = [];
  const run = async (...args: readonly string[]) => {
    const result = await steading([...args, "--stack", "dev"], { cwd: project.directory, env });
    said.push(result.stdout, result.stderr);
    return result;
  };
  afterAll(() => {
    project.remove();
    tree.remove();
  });

  test("previews with exit status 2 and changes nothing", async () => {
    const { exitCode, stdout } = await run("preview");
    expect(exitCode).toBe(2);
    expect(stdout).toContain("  ~ layer base on ");
    expect(stdout).toMatch(/^ {6}\+ file motd /m);
    expect(stdout).toContain("2 to change, 0 unchanged");
    expect(existsSync(join(tree.root, "etc/motd"))).toBe(false);
  });

  test("refuses to change anything where nobody can be asked", async () => {
    const { exitCode, stderr } = await run("up");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("add --yes");
    expect(existsSync(join(tree.root, "etc/motd"))).toBe(false);
  });

  test("is brought up, one plain line per step", async () => {
    const { exitCode, stdout, stderr } = await run("up", "--yes");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^ {6}\S+ {2}1\/2 {2}file /m);
    expect(stdout).toContain("2 changed, 0 unchanged");
    expect(readFileSync(join(tree.root, "etc/motd"), "utf8")).toBe("hello\n");
    expect(readFileSync(join(tree.root, "etc/key"), "utf8")).toBe(SECRET);
  });

  test("has nothing to do a second time", async () => {
    const second = await run("up", "--yes");
    expect(second.exitCode).toBe(0);
    expect(second.stdout).toContain("nothing to do, 2 unchanged");
    expect((await run("preview")).exitCode).toBe(0);
    expect((await run("preview", "--full")).stdout).toContain("= file motd");
  });

  test("fails when the host that it knew does not answer any more, and warns once", async () => {
    const shell = join(tree.root, "bin/sh");
    renameSync(shell, `${shell}.away`);
    const preview = await run("preview");
    const { exitCode, stderr } = await run("up", "--yes");
    renameSync(`${shell}.away`, shell);
    expect([preview.exitCode, exitCode]).toEqual([2, 1]);
    expect(stderr).toContain("error base: ");
    expect(stderr.split("cannot tell what would change")).toHaveLength(2);
  });

  test("shows and repairs exactly what was tampered with", async () => {
    writeFileSync(join(tree.root, "etc/motd"), "tampered\n");
    const { exitCode, ...result } = await run("preview", "--json");
    const output = document({ exitCode, ...result });
    expect(exitCode).toBe(2);
    expect(output).toMatchObject({ formatVersion: 1, command: "preview", result: "changes", summary: { change: 1, cannotTell: 0, unchanged: 1 }, layers: [{ items: [{ kind: "file", name: "motd" }] }] });
    expect((await run("up", "--yes")).stdout).toContain("1 changed, 1 unchanged");
    expect(readFileSync(join(tree.root, "etc/motd"), "utf8")).toBe("hello\n");
  });

  test.each([["preview"], ["preview", "--full"], ["up", "--yes"], ["refresh", "--yes"]])("prints one document that fits the schema: %s %s", async (...args) => {
    const result = await run(...args, "--json");
    const output = document(result);
    expect(fits(output) ? [] : fits.errors).toEqual([]);
    expect(output["result"]).toBe("succeeded");
    expect(output["outputs"]).toMatchObject(args[0] === "refresh" ? {} : { token: "[secret]", place: "here" });
  });

  test("tells a broken program on stderr, with exit status 1 and a document", async () => {
    const broken = tryProject(program(tree.root, `file("motd", { path: "/etc/motd", content: "" }), file("up", { path: "/etc/../x", content: "" }),`));
    const result = await steading(["preview", "--stack", "dev", "--json"], { cwd: broken.directory, env });
    broken.remove();
    expect(result.exitCode).toBe(1);
    const output = document(result);
    expect(fits(output) ? [] : fits.errors).toEqual([]);
    expect(output).toMatchObject({ result: "failed" });
  });

  test("is destroyed: what was there before is there again", async () => {
    const { exitCode } = await run("destroy", "--yes");
    expect(exitCode).toBe(0);
    expect(existsSync(join(tree.root, "etc/motd"))).toBe(false);
    expect(existsSync(join(tree.root, "etc/key"))).toBe(false);
  });

  test("keeps a secret of the configuration out of the state, where a plain value is seen", async () => {
    const configured = tryProject(program(tree.root));
    const file = join(configured.directory, "Pulumi.dev.yaml");
    const config = await StackConfig.load(file, "try");
    config.set("steading:plain", "plain as day");
    config.setSecret("steading:sudoPassword", SECRET, await newCrypter("test", file));
    await config.save();
    const { exitCode } = await steading(["up", "--yes", "--stack", "dev"], { cwd: configured.directory, env });
    const state = join(configured.directory, ".steading");
    const texts = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
    configured.remove();
    expect(exitCode).toBe(0);
    expect(texts.filter((text) => text.includes("plain as day"))).not.toEqual([]);
    expect(texts.filter((text) => text.includes(SECRET))).toEqual([]);
  });

  test.each([["0640", false], ["0644", true]])("a profile's file of mode %s is in clear in the state: %s", async (mode, isClear) => {
    const kept = tryProject(`
import { Host } from "steading/components/host.ts";
import { Workstation } from "steading/components/workstation.ts";
const host = new Host("tree", { connection: { via: "tree", root: ${JSON.stringify(tree.root)} } });
new Workstation("tree", { host, settings: { files: { "/etc/key": { content: "plain as day", mode: "${mode}" } } } });
`);
    const result = await steading(["up", "--yes", "--stack", "dev"], { cwd: kept.directory, env });
    const again = await steading(["preview", "--stack", "dev"], { cwd: kept.directory, env });
    const state = readFileSync(join(kept.directory, ".steading/state/.pulumi/stacks/try/dev.json"), "utf8");
    const back = await steading(["destroy", "--yes", "--stack", "dev"], { cwd: kept.directory, env });
    kept.remove();
    expect([result.exitCode, again.exitCode, back.exitCode]).toEqual([0, 0, 0]);
    expect(state.includes("plain as day")).toBe(isClear);
    expect(result.stdout).not.toContain("plain as day");
  }, 60_000);

  test("never printed the secret, and would have shown a plain value", () => {
    const all = said.join("\n");
    expect(all).toContain("here");
    expect(all).not.toContain(SECRET);
  });

  test("never printed a colour", () => {
    expect(said.join("\n")).not.toContain(ESCAPE);
  });
});
