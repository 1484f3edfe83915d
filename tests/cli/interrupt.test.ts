import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { testProject } from "../support/project.ts";
import type { TestProject } from "../support/project.ts";
import { describeUnless } from "../support/skip.ts";
import { busyboxTree, treeObstacle } from "../support/tree.ts";

const COMMAND = join(import.meta.dirname, "../../src/cli/steading");

describeUnless(treeObstacle === undefined, treeObstacle ?? "")("Ctrl-C during a layer", () => {
  let tree: ReturnType<typeof busyboxTree>;
  let project: TestProject;
  beforeEach(() => {
    tree = busyboxTree();
    project = testProject(new URL("interrupt-program.ts", import.meta.url), { root: tree.root });
  });
  afterEach(() => {
    project.remove();
    tree.remove();
  });
  const has = (name: string): boolean => existsSync(join(tree.root, name));

  /** An up that is interrupted so often while its first layer is made. */
  async function interrupted(times: number) {
    const child = execa(COMMAND, ["up", "--stack", "test", "--yes"], { cwd: project.directory, env: { PULUMI_CONFIG_PASSPHRASE: "test" }, reject: false, stdin: "ignore", all: true });
    while (!has("srv/begun")) await sleep(20);
    for (let time = 0; time < times; time++) {
      child.kill("SIGINT");
      await sleep(100);
    }
    const { exitCode, all } = await child;
    return { exitCode, all };
  }

  test("once: the layer is brought to its end, the next is not begun, and the next run goes on", async () => {
    const { exitCode, all } = await interrupted(1);
    expect([exitCode, has("srv/ended"), has("etc/next")]).toEqual([1, true, false]);
    expect(all).toContain("ending as soon as every host is in a known state; again to stop at once");
    expect(project.state()).toContain("::slow");
    expect((await project.run("up")).exitCode).toBe(0);
    expect([readFileSync(join(tree.root, "srv/begun"), "utf8"), has("etc/next")]).toEqual(["\n", true]);
    expect((await project.run("destroy")).exitCode).toBe(0);
    expect(has("srv")).toBe(false);
  }, 60_000);

  test("twice: it stops at once, and the next run ends what it left", async () => {
    const { exitCode } = await interrupted(2);
    expect([exitCode, has("srv/ended"), has("etc/next")]).toEqual([130, false, false]);
    const next = await project.run("up");
    expect([next.exitCode, has("srv/ended"), has("etc/next")]).toEqual([0, true, true]);
    expect((await project.run("preview")).exitCode).toBe(0);
    expect((await project.run("destroy")).exitCode).toBe(0);
    expect([has("srv"), has("var/lib/steading")]).toEqual([false, false]);
  }, 60_000);
});
