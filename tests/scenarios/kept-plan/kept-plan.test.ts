import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newCrypter } from "#engine/passphrase.ts";
import type { Connection } from "#model/connection.ts";
import type { Json } from "#model/value.ts";
import { testProject } from "../../support/project.ts";
import type { TestProject } from "../../support/project.ts";
import { describeUnless } from "../../support/skip.ts";
import { sshdObstacle, startSshd } from "../../support/sshd.ts";
import { treeState } from "../../support/tree-state.ts";
import { busyboxTree, treeObstacle } from "../../support/tree.ts";
import { formsOf } from "../secret/search.ts";

const TOKEN = `token-${randomBytes(12).toString("hex")}`;

/** How the host of a stack is reached whose root is a tree. */
interface Way {
  readonly connection: Connection;
  readonly stop: () => Promise<void>;
}

/** The whole story over ssh, the short one where nothing is in between. */
const ways: readonly (readonly [string, boolean, (root: string) => Promise<Way>])[] = [
  ["a tree", false, (root) => Promise.resolve({ connection: { via: "tree", root }, stop: () => Promise.resolve() })],
  ["a host behind sshd", true, startSshd],
];

describeUnless(treeObstacle === undefined && sshdObstacle === undefined, treeObstacle ?? sshdObstacle ?? "").each(ways)("a plan that is kept, for %s", (_, whole, reach) => {
  const tree = busyboxTree("/run");
  const before = treeState(tree.root);
  let way: Way;
  let project: TestProject;
  const at = (path: string): string => `${tree.root}${path}`;
  const plan = (): string => join(project.directory, "plan.json");
  const configure = async (more: { readonly [key: string]: Json } = {}): Promise<void> => {
    const crypter = await newCrypter("test", "Pulumi.test.yaml");
    const config = { connection: { ...way.connection }, content: "hello\n", token: { secure: crypter.encrypt(TOKEN) }, ...more };
    writeFileSync(join(project.directory, "Pulumi.test.yaml"), JSON.stringify({ encryptionsalt: crypter.salt, config: Object.fromEntries(Object.entries(config).map(([key, value]) => [`test:${key}`, value])) }));
  };
  const save = () => project.json("preview", "--save-plan", plan());
  /** Applies the plan; exit status, and each issue as code, place and path, each fault as code and state of the host. */
  const apply = async (): Promise<readonly [number, readonly string[]]> => {
    const { exitCode, output } = await project.json("up", "--plan", plan());
    const said = [...(output.issues ?? []).map(({ code, at: where, path }) => `${code} ${where.split("::").at(-1) ?? ""} ${path}`.replaceAll(tree.root, "HOST").trim()), ...(output.errors ?? []).map(({ code = "", hostState = "", message }) => (code === "" ? message : `${code} ${hostState}`))];
    return [exitCode, [...new Set(said.map((line) => line.replace("127.0.0.1", "HOST")))].sort()];
  };
  beforeAll(async () => {
    way = await reach(tree.root);
    project = testProject(new URL("program.ts", import.meta.url), {});
    await configure();
  });
  afterAll(async () => {
    project.remove();
    await way.stop();
    tree.remove();
  });

  test("is written by a preview, which says so and touches nothing", async () => {
    const { exitCode, stdout } = await project.run("preview", "--save-plan", plan());
    expect([exitCode, existsSync(plan())]).toEqual([2, true]);
    expect(stdout).toContain(`steading up --stack test --plan ${plan()}`);
    expect(treeState(tree.root)).toEqual(before);
    const { exitCode: again, output } = await save();
    expect([again, output.plan]).toEqual([2, plan()]);
  }, 60_000);

  test("says what the preview showed, and no secret", () => {
    const text = readFileSync(plan(), "utf8");
    const holds = (of: string): readonly string[] => formsOf(of).filter((form) => text.includes(form));
    expect(text).toContain('"name": "token"');
    expect(holds("motd")).not.toEqual([]);
    expect(holds(TOKEN)).toEqual([]);
  });

  if (whole) {
    test("is refused when a host changed, which is named; nothing is touched", async () => {
      writeFileSync(at("/etc/motd"), "somebody\n");
      mkdirSync(at("/srv/app"), { recursive: true });
      const found = treeState(tree.root);
      expect(await apply()).toEqual([1, ["plan.host HOST directory srv type", "plan.host HOST file motd content", "plan.host HOST file motd type"]]);
      expect(treeState(tree.root)).toEqual(found);
    }, 60_000);

    test("is refused when the program changed, which is named; nothing is touched", async () => {
      await save();
      const found = treeState(tree.root);
      await configure({ content: "other\n", more: false });
      expect(await apply()).toEqual([1, ["plan.program base items.file.motd.content", "plan.program more"]]);
      await configure();
      expect(treeState(tree.root)).toEqual(found);
    }, 60_000);

    test("is stale when the host changes between the preview and the apply; nothing is touched", async () => {
      await configure({ meddles: at("/etc/motd") });
      await save();
      expect(await apply()).toEqual([1, ["plan.stale untouched"]]);
      expect(readFileSync(at("/etc/motd"), "utf8")).toBe("somebody\nmeddled\n");
      expect([existsSync(at("/etc/token")), existsSync(at("/etc/issue"))]).toEqual([false, false]);
      await configure();
    }, 60_000);
  }

  test("is done exactly, once", async () => {
    await save();
    expect(await apply()).toEqual([0, []]);
    expect([readFileSync(at("/etc/motd"), "utf8"), readFileSync(at("/etc/token"), "utf8"), readFileSync(at("/etc/issue"), "utf8")]).toEqual(["hello\n", TOKEN, "more\n"]);
    expect((await project.json("preview")).exitCode).toBe(0);
    expect(await apply()).toEqual([1, [expect.stringMatching(/^plan\.outdated /)]]);
  }, 60_000);

  if (whole) {
    test("says what a layer that goes will put back, and refuses when that changed", async () => {
      await configure({ more: false });
      const { output } = await save();
      expect(output.layers?.flatMap(({ items }) => items.map(({ name, action }) => `${name} ${action}`))).toEqual(["issue restore"]);
      appendFileSync(at("/etc/issue"), "mine\n");
      expect(await apply()).toEqual([1, ["plan.host HOST file issue"]]);
      await save();
      expect(await apply()).toEqual([0, []]);
      expect(existsSync(at("/etc/issue"))).toBe(false);
    }, 60_000);
  }
});
