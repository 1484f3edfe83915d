import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Output } from "#cli/output.ts";
import { steading, tryProject } from "../../support/cli.ts";
import { describeUnless } from "../../support/skip.ts";
import { treeState } from "../../support/tree-state.ts";
import { busyboxTree, treeObstacle } from "../../support/tree.ts";

interface DeclaredLayer {
  readonly name: string;
  /** Names of files of `/etc`. */
  readonly files: readonly string[];
  /** In the ledger. @defaultValue `name` */
  readonly layer?: string;
  /** The layer after which it is made. */
  readonly after?: string;
  /** A step that fails. */
  readonly fails?: boolean;
}

/** Layers, in a program that declares them in this order. */
const program = (root: string, layers: readonly DeclaredLayer[]): string => `
import { Layer } from "steading/components/layer.ts";
import { command } from "steading/kinds/command.ts";
import { file } from "steading/kinds/file.ts";
const host = { via: "tree", root: ${JSON.stringify(root)} };
const made = {};
for (const { name, files, layer = name, after, fails } of ${JSON.stringify(layers)}) {
  const items = files.map((name) => file(name, { path: "/etc/" + name, content: "ours\\n" }));
  if (fails) items.push(command("fails", { probe: ["false"], apply: ["false"], undo: ["true"] }));
  made[name] = new Layer(name, { host, layer, items }, after === undefined ? {} : { dependsOn: made[after] });
}
`;

const BEFORE: readonly DeclaredLayer[] = [{ name: "a", files: ["kept", "moved"] }, { name: "b", files: ["own"] }];

describeUnless(treeObstacle === undefined, treeObstacle ?? "")("an item that changes its layer", () => {
  let tree: ReturnType<typeof busyboxTree>;
  let project: ReturnType<typeof tryProject>;
  let before: ReturnType<typeof treeState>;
  beforeEach(() => {
    tree = busyboxTree();
    writeFileSync(join(tree.root, "etc/moved"), "theirs\n");
    before = treeState(tree.root);
    project = tryProject("");
  });
  afterEach(() => {
    project.remove();
    tree.remove();
  });

  const inProject = (directory: string, ...args: readonly string[]) => steading([...args, "--stack", "dev"], { cwd: directory, env: { PULUMI_CONFIG_PASSPHRASE: "test" } });
  const runIn = async (directory: string, layers: readonly DeclaredLayer[] | undefined, ...args: readonly string[]): Promise<Output> => {
    if (layers !== undefined) writeFileSync(join(directory, "program.ts"), program(tree.root, layers));
    return JSON.parse((await inProject(directory, ...args, "--json")).stdout) as Output;
  };
  const run = (layers: readonly DeclaredLayer[] | undefined, ...args: readonly string[]): Promise<Output> => runIn(project.directory, layers, ...args);
  const moved = (): string => join(tree.root, "etc/moved");
  /** What a run does about each item, but for what is so already: `<layer> <action> <item> <why>`. */
  const toldOf = ({ layers = [] }: Output): readonly string[] =>
    layers.flatMap(({ urn, items }) => items.flatMap(({ action, name, fields }) => (action === "adopt" ? [] : [[urn.split("::").at(-1), action, name, ...fields.flatMap(({ note = [] }) => note)].join(" ")]))).sort();

  const goesOn = (from: string, to: string): string => `${from} restore moved stays as it is; layer ${to} goes on with it`;
  test.each<{ name: string; then: readonly DeclaredLayer[]; says: readonly string[] }>([
    { name: "to one that is declared later", then: [{ name: "a", files: ["kept"] }, { name: "b", files: ["own", "moved"] }], says: [goesOn("a", "b")] },
    { name: "to one that is declared before", then: [{ name: "b", files: ["own", "moved"] }, { name: "a", files: ["kept"] }], says: [goesOn("a", "b")] },
    { name: "to a new one", then: [...BEFORE.slice(1), { name: "a", files: ["kept"] }, { name: "c", files: ["moved"] }], says: [goesOn("a", "c")] },
    { name: "from one that goes", then: [{ name: "b", files: ["own", "moved"] }], says: ["a restore kept", goesOn("a", "b")] },
    { name: "that only gets another name", then: [...BEFORE.slice(1), { name: "c", files: ["moved", "kept"] }], says: [goesOn("a", "c"), goesOn("a", "c").replace("moved", "kept")].sort() },
    { name: "that only gets another name in the program", then: [...BEFORE.slice(1), { name: "c", layer: "a", files: ["moved"] }], says: ["a restore kept", goesOn("a", "a")].sort() },
  ])("$name stays as it is: the preview says so, and destroy gives back what was there", async ({ then, says }) => {
    expect((await run(BEFORE, "up", "--yes")).result).toBe("succeeded");
    const was = statSync(moved());
    expect(toldOf(await run(then, "preview"))).toEqual(says);
    expect((await run(undefined, "up", "--yes")).result).toBe("succeeded");
    expect([statSync(moved()).ino, statSync(moved()).ctimeMs]).toEqual([was.ino, was.ctimeMs]);
    expect((await run(undefined, "preview")).result).toBe("succeeded");
    expect((await run(undefined, "destroy", "--yes")).result).toBe("succeeded");
    expect(treeState(tree.root)).toEqual(before);
  }, 60_000);

  test("to one that is made after it stays as it is", async () => {
    await run(BEFORE, "up", "--yes");
    const was = statSync(moved());
    await run([{ name: "a", files: ["kept"] }, { name: "b", files: ["own", "moved"], after: "a" }], "up", "--yes");
    expect([statSync(moved()).ino, statSync(moved()).ctimeMs]).toEqual([was.ino, was.ctimeMs]);
    await run(undefined, "destroy", "--yes");
    expect(treeState(tree.root)).toEqual(before);
  }, 60_000);

  test("or that another state has too, is that one's to give back: a state that does not know it says so, and leaves it", async () => {
    const other = tryProject("");
    try {
      await run(BEFORE, "up", "--yes");
      const less: readonly DeclaredLayer[] = [{ name: "a", files: ["kept"] }];
      expect((await runIn(other.directory, less, "up", "--yes")).result).toBe("succeeded");
      expect((await inProject(other.directory, "preview")).stderr).toContain("layer a has more there, which this state does not know: file moved. It stays as it is");
      await runIn(other.directory, undefined, "destroy", "--yes");
      expect(readFileSync(moved(), "utf8")).toBe("ours\n");
      await run(undefined, "destroy", "--yes");
      expect(treeState(tree.root)).toEqual(before);
    } finally {
      other.remove();
    }
  }, 60_000);

  test("to one that fails stays as it is, and is that one's when it no longer does", async () => {
    await run(BEFORE, "up", "--yes");
    const then: readonly DeclaredLayer[] = [{ name: "a", files: ["kept"] }, { name: "b", files: ["own", "moved"], fails: true }];
    expect((await run(then, "up", "--yes")).result).toBe("failed");
    expect(readFileSync(moved(), "utf8")).toBe("ours\n");
    expect((await run(then.map(({ name, files }) => ({ name, files })), "up", "--yes")).errors).toEqual([]);
    await run(undefined, "destroy", "--yes");
    expect(treeState(tree.root)).toEqual(before);
  }, 60_000);
});
