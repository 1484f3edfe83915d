import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Output } from "#cli/output.ts";
import { steading, tryProject } from "../../support/cli.ts";
import { describeUnless } from "../../support/skip.ts";
import { treeState } from "../../support/tree-state.ts";
import { busyboxTree, treeObstacle } from "../../support/tree.ts";

/** Each stack says hello in its own name, and has a file of its own; each would be the owner of the greeting. */
const program = (root: string): string => `
import { getStack } from "@pulumi/pulumi";
import { Host } from "steading/components/host.ts";
import { file } from "steading/kinds/file.ts";
const host = new Host("tree", { connection: { via: "tree", root: ${JSON.stringify(root)} } });
host.layer("greeting", [file("motd", { path: "/etc/motd", content: "hello from " + getStack() + "\\n" }), file("own", { path: "/etc/own-" + getStack(), content: "" })]);
`;

describeUnless(treeObstacle === undefined, treeObstacle ?? "")("two stacks that claim one file of one host", () => {
  const tree = busyboxTree();
  const before = treeState(tree.root);
  const project = tryProject(program(tree.root));
  const motd = join(tree.root, "etc/motd");
  const run = (...args: readonly string[]) => steading(args, { cwd: project.directory, env: { PULUMI_CONFIG_PASSPHRASE: "test" } });
  const json = async (...args: readonly string[]) => {
    const { exitCode, stdout } = await run(...args, "--json");
    return { exitCode, output: JSON.parse(stdout) as Output };
  };
  afterAll(() => {
    project.remove();
    tree.remove();
  });

  test("the first one gets it", async () => {
    expect((await run("up", "--yes", "--stack", "laptop")).exitCode).toBe(0);
    expect(readFileSync(motd, "utf8")).toBe("hello from laptop\n");
  }, 30_000);

  test.each([["preview"], ["up", "--yes"]])("the second one is refused by %s, with both names, and nothing is touched", async (...args) => {
    const made = treeState(tree.root);
    const { exitCode, output } = await json(...args, "--stack", "desk");
    expect([exitCode, output.result]).toEqual([1, "failed"]);
    expect(output.errors).toEqual([expect.objectContaining({ code: "host.owned", host: tree.root, hostState: "untouched" })]);
    const message = output.errors?.[0]?.message ?? "";
    expect(message).toContain("path:/etc/motd belongs to layer greeting of stack try/laptop (file motd)");
    expect(message).toContain("layer greeting of stack try/desk declares it too (file motd). Remove it from one of the two.");
    const { exitCode: failed, stderr } = await run(...args, "--stack", "desk");
    expect(failed).toBe(1);
    expect(stderr).toContain("belongs to layer greeting of stack try/laptop");
    expect(treeState(tree.root)).toEqual(made);
  }, 30_000);

  test("an import leaves out what another stack owns, and says whose it is", async () => {
    const { exitCode, output } = await json("import", "--host", `tree:${tree.root}`, "--stack", "desk", "--out", "desk.ts");
    expect(exitCode).toBe(0);
    expect(output.unmanaged).toContainEqual({ kind: "file", name: "/etc/motd", why: "it belongs to layer greeting of stack try/laptop" });
    expect(output.items).not.toContainEqual({ kind: "file", name: "/etc/motd" });
  }, 30_000);

  test("once the first one has let go, the second one gets it", async () => {
    writeFileSync(join(project.directory, "program.ts"), program(tree.root).replace(/file\("motd".*?\), /, ""));
    expect((await run("up", "--yes", "--stack", "laptop")).exitCode).toBe(0);
    expect(existsSync(motd)).toBe(false);
    writeFileSync(join(project.directory, "program.ts"), program(tree.root));
    expect((await run("up", "--yes", "--stack", "desk")).exitCode).toBe(0);
    expect(readFileSync(motd, "utf8")).toBe("hello from desk\n");
    expect((await json("up", "--yes", "--stack", "laptop")).output.errors?.[0]?.message).toContain("belongs to layer greeting of stack try/desk");
  }, 30_000);

  test("each destroys its own", async () => {
    for (const stack of ["laptop", "desk"]) expect((await run("destroy", "--yes", "--stack", stack)).exitCode).toBe(0);
    expect(treeState(tree.root)).toEqual(before);
  }, 30_000);
});
