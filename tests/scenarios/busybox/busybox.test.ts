import { appendFileSync, chmodSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { testProject } from "../../support/project.ts";
import type { TestProject } from "../../support/project.ts";
import { describeUnless } from "../../support/skip.ts";
import { treeState } from "../../support/tree-state.ts";
import { busyboxTree, treeObstacle } from "../../support/tree.ts";

describeUnless(treeObstacle === undefined, treeObstacle ?? "")("a root with nothing but busybox", () => {
  const tree = busyboxTree();
  const before = treeState(tree.root);
  const at = (path: string): string => `${tree.root}${path}`;
  let project: TestProject;
  const changed = async (): Promise<readonly string[]> => {
    const { output } = await project.json("preview");
    return (output.layers ?? []).flatMap(({ items }) => items.map(({ kind, name }) => `${kind} ${name}`)).sort();
  };
  beforeAll(() => {
    project = testProject(new URL("program.ts", import.meta.url), { connection: { via: "tree", root: tree.root } });
  });
  afterAll(() => {
    project.remove();
    tree.remove();
  });

  test("a preview names everything and leaves the tree as it is", async () => {
    expect(await changed()).toEqual(["command mark", "directory app", "directory srv", "file conf", "file motd", "group crew", "symlink link", "user app"]);
    expect(treeState(tree.root)).toEqual(before);
  }, 30_000);

  test("is made as declared by one `up`", async () => {
    const { exitCode, stdout, stderr } = await project.run("up");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/8 changed/);
    const { uid, gid, mode } = statSync(at("/srv/app/conf"));
    expect(readFileSync(at("/etc/passwd"), "utf8")).toContain(`app:x:${uid.toString()}:3000:The App:`);
    expect([gid, mode & 0o7777, readFileSync(at("/srv/app/conf"), "utf8"), readlinkSync(at("/etc/app"))]).toEqual([3000, 0o640, "key = value\n", "/srv/app"]);
  }, 30_000);

  test("is left alone by the second run", async () => {
    const made = treeState(tree.root);
    const { exitCode, output } = await project.json("up");
    expect([exitCode, output.summary?.change, output.summary?.unchanged]).toEqual([0, 0, 8]);
    expect(treeState(tree.root)).toEqual(made);
  }, 30_000);

  test("is repaired where somebody changed it", async () => {
    const made = treeState(tree.root);
    appendFileSync(at("/etc/motd"), "hacked\n");
    chmodSync(at("/srv/app"), 0o777);
    rmSync(at("/var/lib/mark"));
    expect(await changed()).toEqual(["command mark", "directory app", "file motd"]);
    expect((await project.json("up")).output.summary?.change).toBe(3);
    expect(treeState(tree.root)).toEqual(made);
  }, 30_000);

  test("is, byte for byte, what it was once everything is destroyed", async () => {
    const { exitCode, stderr } = await project.run("destroy");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(treeState(tree.root)).toEqual(before);
  }, 30_000);
});
