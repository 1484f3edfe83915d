import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { document, steading, tryProject } from "../support/cli.ts";
import { describeUnless } from "../support/skip.ts";
import { treeState } from "../support/tree-state.ts";
import { busyboxTree, treeObstacle } from "../support/tree.ts";

const schema = JSON.parse(readFileSync(new URL("../../src/cli/output.schema.json", import.meta.url), "utf8")) as object;
const fits = new Ajv({ allErrors: true, strict: false }).compile(schema);

describe("what is typed wrong", () => {
  const fixed = tryProject("");
  afterAll(() => { fixed.remove(); });

  test.each<[string, readonly string[], string]>([
    ["no host", ["--stack", "desk", "--host", "192.0.2.7"], "ssh://user@address:port"],
    ["an address that would be an option", ["--stack", "desk", "--host", "ssh://-oProxyCommand=x"], "--host"],
    ["no stack", ["--host", "local"], "no stack is named"],
    ["a stack that leads elsewhere", ["--stack", "../x", "--host", "local"], "is no name of a stack"],
    ["a kind that cannot look", ["--stack", "desk", "--host", "local", "--kinds", "user,command"], "command is not looked for on hosts (some of apt-source, "],
    ["no kind", ["--stack", "desk", "--host", "local", "--kinds", ""], "--kinds: names no kind (some of apt-source, "],
    ["a host key for a tree", ["--stack", "desk", "--host", "tree:/x", "--host-key", "ssh-ed25519 AAAA"], "leave --host-key"],
    ["a project that runs one program for every stack", ["--stack", "desk", "--host", "local"], "every stack of this project runs program.ts"],
    ["every mistake at once", ["--host", "desk", "--kinds", "teapot", "--out", "program.ts"], "teapot is not looked for"],
    ["a file that is there", ["--stack", "desk", "--host", "local", "--out", "program.ts"], "the file is there already"],
  ])("%s is told before any host is asked", async (_, args, told) => {
    const { exitCode, stdout, stderr } = await steading(["import", ...args], { cwd: fixed.directory });
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr.replace(/\n {6}(.*)/, " ($1)")).toContain(told);
  });
});

describeUnless(treeObstacle === undefined, treeObstacle ?? "")("a tree with nothing but busybox", () => {
  const tree = busyboxTree();
  const home = mkdtempSync(join(tmpdir(), "steading-import-"));
  const project = join(home, "project");
  const run = (...args: readonly string[]) => steading(args, { cwd: project });
  const at = (path: string): string => join(tree.root, path);
  let before: readonly string[] = [];
  beforeAll(async () => {
    await steading(["new", "workstation-typescript", project]);
    mkdirSync(at("etc/app"), { mode: 0o750 });
    writeFileSync(at("etc/app/conf"), "a = 1\nb = `2`\n", { mode: 0o640 });
    writeFileSync(at("etc/app/pass"), "password = hunter2hunter2\n", { mode: 0o600 });
    writeFileSync(at("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000:Ada:/home/ada:/bin/sh\n");
    writeFileSync(at("etc/group"), "root:x:0:\nada:x:1000:\ncrew:x:1500:ada\n");
    writeFileSync(at("etc/shadow"), "root:*:19000:0:99999:7:::\nada:$6$abcdefgh$ijklmnopqrstuvwx:19000:0:99999:7:::\n", { mode: 0o640 });
    mkdirSync(at("root/.ssh"), { mode: 0o700 });
    writeFileSync(at("root/.ssh/authorized_keys"), "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFd5B+g+knO/c8Am0zzYSYsqMMd57lcueNfQ0bnI0tHf ada@laptop\n", { mode: 0o600 });
    before = treeState(tree.root);
  }, 30_000);
  afterAll(() => {
    tree.remove();
    rmSync(home, { recursive: true, force: true });
  });

  test("is imported: what is there is declared, what is secret is named", async () => {
    const result = await run("import", "--stack", "box", "--host", `tree:${tree.root}`, "--json");
    const output = document(result);
    expect([result.exitCode, result.stderr, fits(output) ? [] : fits.errors]).toEqual([0, "", []]);
    expect(output["items"]).toEqual(
      expect.arrayContaining([
        { kind: "authorized-key", name: "root ada@laptop" },
        { kind: "group", name: "crew" },
        { kind: "user", name: "ada" },
        { kind: "directory", name: "/etc/app" },
        { kind: "file", name: "/etc/app/conf" },
      ]),
    );
    expect(output["items"]).toHaveLength(5);
    expect(output["unmanaged"]).toEqual(expect.arrayContaining([expect.objectContaining({ kind: "file", name: "/etc/app/pass" }), expect.objectContaining({ name: "password of ada" })]));
    const text = readFileSync(join(project, "stacks/box.ts"), "utf8");
    expect(text).toContain("b = \\`2\\`");
    for (const secret of ["hunter2hunter2", "abcdefgh"]) expect(`${text}${result.stdout}`).not.toContain(secret);
    expect(treeState(tree.root)).toEqual(before);
  }, 30_000);

  test("is written again only by force, and only the kinds that are asked for", async () => {
    const again = await run("import", "--stack", "box", "--host", `tree:${tree.root}`);
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining("--force")]);
    const { exitCode, stdout } = await run("import", "--stack", "box", "--host", `tree:${tree.root}`, "--out", "accounts.ts", "--kinds", "user, group");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("wrote accounts.ts: 2 items of 2 kinds");
    expect(stdout).toContain("for stack box it runs stacks/box.ts now");
    expect(stdout).toContain("steading preview --stack box");
    expect((await run("import", "--stack", "box", "--host", `tree:${tree.root}`, "--force")).stdout).toContain("5 items of 5 kinds");
  }, 30_000);

  test("has nothing to change, is adopted, and given back as it was", async () => {
    const preview = await run("preview", "--stack", "box", "--full");
    expect([preview.exitCode, preview.stderr]).toEqual([0, ""]);
    expect(preview.stdout).toMatch(/= user ada +so already; this layer keeps it so/);
    expect(preview.stdout).toContain("nothing to change, 5 to adopt, 0 unchanged");
    const up = await run("up", "--yes", "--stack", "box");
    expect([up.exitCode, up.stderr]).toEqual([0, ""]);
    expect(up.stdout).toContain("      = 5 items  so already; this layer keeps them so");
    expect(up.stdout).toContain("0 changed, 5 adopted, 0 unchanged");
    expect((await run("preview", "--stack", "box")).stdout).toContain("nothing to do, 5 unchanged");
    writeFileSync(at("etc/app/conf"), "tampered\n");
    expect((await run("up", "--yes", "--stack", "box")).stdout).toContain("1 changed, 4 unchanged");
    const destroy = await run("destroy", "--yes", "--stack", "box");
    expect([destroy.exitCode, destroy.stderr]).toEqual([0, ""]);
    expect(existsSync(at("var/lib/steading"))).toBe(false);
    expect(treeState(tree.root)).toEqual(before);
  }, 60_000);
});
