import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { openHost } from "#host/session.ts";
import type { Item } from "#model/kind.ts";
import { describeUnless } from "../../support/skip.ts";
import { treeState } from "../../support/tree-state.ts";
import { busyboxTree, treeObstacle } from "../../support/tree.ts";

const motd = (content: string): Item => ({ kind: "file", name: "motd", want: { path: "/etc/motd", content, mode: "0600" } });
const folder = (path: string): Item => ({ kind: "directory", name: path, want: { path } });

describeUnless(treeObstacle === undefined, treeObstacle ?? "")("subjects and their owners on a tree", () => {
  let tree: ReturnType<typeof busyboxTree>;
  beforeEach(() => {
    tree = busyboxTree();
    writeFileSync(`${tree.root}/etc/motd`, "of old\n", { mode: 0o640 });
  });
  afterEach(() => { tree.remove(); });
  /** Brings a layer from one set of items to another. */
  const apply = async (layer: string, want: readonly Item[], old: readonly Item[]): Promise<readonly string[]> => {
    const session = openHost({ via: "tree", root: tree.root });
    const plan = await session.plan({ project: "p", stack: "s", layer }, want, old);
    await session.apply(plan);
    await session.close();
    return plan.actions.map(({ action }) => action);
  };
  const is = () => [readFileSync(`${tree.root}/etc/motd`, "utf8"), statSync(`${tree.root}/etc/motd`).mode & 0o777];

  test.each([["one", "two"], ["two", "one"]] as const)("what two layers have leaves with the last of them: first %s, then %s", async (first, last) => {
    const before = treeState(tree.root);
    await apply("one", [motd("new\n")], []);
    await apply("two", [motd("new\n")], []);
    expect(await apply(first, [], [motd("new\n")])).toEqual(["release"]);
    expect(is()).toEqual(["new\n", 0o600]);
    expect(await apply(last, [], [motd("new\n")])).toEqual(["restore"]);
    expect(is()).toEqual(["of old\n", 0o640]);
    expect(treeState(tree.root)).toEqual(before);
  });

  test("a folder that was made for one item stays while another has it, and goes with the last", async () => {
    const before = treeState(tree.root);
    await apply("one", [folder("/srv/a/b"), folder("/srv/a")], []);
    await apply("one", [folder("/srv/a")], [folder("/srv/a/b"), folder("/srv/a")]);
    expect(statSync(`${tree.root}/srv/a`).isDirectory()).toBe(true);
    await apply("two", [folder("/srv/a/c")], []);
    await apply("one", [], [folder("/srv/a")]);
    expect(statSync(`${tree.root}/srv/a/c`).isDirectory()).toBe(true);
    await apply("two", [], [folder("/srv/a/c")]);
    rmSync(`${tree.root}/srv`, { recursive: true }); // the second layer found it there
    expect(treeState(tree.root)).toEqual(before);
  });

  test.each([
    { name: "in which nobody put anything goes", want: {}, data: false, stays: false },
    { name: "with data stays", want: {}, data: true, stays: true },
    { name: "with data goes when it is told to", want: { onRemoval: "remove-home" }, data: true, stays: false },
    { name: "that was there before stays whatever is told", want: { onRemoval: "remove-home" }, there: true, data: true, stays: true },
  ])("a home $name", async ({ want, there = false, data, stays }) => {
    const home = `${tree.root}/home/ada`;
    const ada: Item = { kind: "user", name: "ada", want: { name: "ada", ...want } };
    if (there) mkdirSync(home);
    await apply("one", [ada], []);
    if (data) writeFileSync(`${home}/notes`, "mine\n");
    await apply("one", [], [ada]);
    expect(existsSync(home)).toBe(stays);
    expect(readFileSync(`${tree.root}/etc/passwd`, "utf8")).not.toContain("ada");
  });

  test("what somebody put into a folder of ours stays, and the folder with it", async () => {
    const before = treeState(tree.root);
    await apply("one", [folder("/srv/a/b")], []);
    mkdirSync(`${tree.root}/srv/a/b/theirs`);
    writeFileSync(`${tree.root}/srv/a/b/theirs/file`, "theirs\n");
    await apply("one", [], [folder("/srv/a/b")]);
    expect(readFileSync(`${tree.root}/srv/a/b/theirs/file`, "utf8")).toBe("theirs\n");
    rmSync(`${tree.root}/srv`, { recursive: true });
    expect(treeState(tree.root)).toEqual(before);
  });
});
