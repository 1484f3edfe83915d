import { readdirSync, readlinkSync } from "node:fs";
import { labContainer, treeObstacles } from "#clouds/lab-container.ts";
import type { Connection } from "#model/connection.ts";
import { ownName, quietly, sweepLab } from "../../support/lab.ts";
import { testProject } from "../../support/project.ts";
import type { TestProject } from "../../support/project.ts";
import { describeUnless } from "../../support/skip.ts";
import { treeState } from "../../support/tree-state.ts";

const [obstacle] = await treeObstacles();

/** Processes whose root is in the tree. */
const inside = (root: string): readonly string[] =>
  readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/root`).startsWith(root);
    } catch {
      return false;
    }
  });

/** What Debian's own tools write as packages and accounts come and go. */
const keptByDebian = /\.\/(var\/(lib\/(dpkg|apt|systemd|pam|ucf)|cache|log)\/|etc\/(passwd|group|shadow|gshadow|subuid|subgid)-|etc\/ld\.so\.cache|usr\/share\/info\/dir)/;

describeUnless(obstacle === undefined, obstacle?.message ?? "")("an unbooted Debian tree", () => {
  const name = ownName("unbooted");
  let root = "";
  let project: TestProject;
  let before: readonly string[] = [];
  beforeAll(async () => {
    await sweepLab();
    const { connection } = await labContainer.create(name, { release: 12, booted: false }, quietly);
    if (connection.via !== "tree") throw new Error("it was booted");
    root = connection.root;
    before = treeState(root);
    const to: Connection = connection;
    project = testProject(new URL("../workstation/program.ts", import.meta.url), { connection: { ...to }, profile: "minimal" });
  }, 240_000);
  afterAll(async () => {
    project.remove();
    await labContainer.destroy(name, quietly);
  }, 60_000);

  test("takes the profile minimal, and nothing is started in it", async () => {
    const { exitCode, stdout, stderr } = await project.run("up");
    expect([exitCode, exitCode === 0 ? "" : stdout, stderr]).toEqual([0, "", ""]);
    expect(inside(root)).toEqual([]);
  }, 300_000);

  test("is left alone by the second run", async () => {
    const made = treeState(root);
    const { exitCode, output } = await project.json("up");
    expect([exitCode, output.summary?.change, output.layers?.flatMap(({ items }) => items)]).toEqual([0, 0, []]);
    expect(treeState(root)).toEqual(made);
  }, 60_000);

  test("is what it was once everything is destroyed", async () => {
    const { exitCode, stderr } = await project.run("destroy");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(inside(root)).toEqual([]);
    const after = treeState(root);
    expect(before.filter((line) => !after.includes(line) && !keptByDebian.test(line))).toEqual([]);
    expect(after.filter((line) => !before.includes(line) && !keptByDebian.test(line))).toEqual([]);
  }, 120_000);
});
