import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findAnsible } from "#ansible/find.ts";
import type { Output } from "#cli/output.ts";
import { newCrypter } from "#engine/passphrase.ts";
import { connect } from "#host/connect.ts";
import type { Json } from "#model/value.ts";
import { labMachine, labObstacle } from "../../support/lab.ts";
import { testProject } from "../../support/project.ts";
import type { TestProject } from "../../support/project.ts";
import { describeUnless } from "../../support/skip.ts";
import { formsOf } from "../secret/search.ts";
import { TASKS, writePlaybooks } from "./role.ts";

const ansibleObstacle = (): Promise<string | undefined> => findAnsible("venv", "this test", () => undefined).then(() => undefined, (error: unknown) => (error instanceof Error ? error.message : String(error)));
const obstacle = (await labObstacle()) ?? (await ansibleObstacle());
const random = (word: string): string => `${word}-${randomBytes(12).toString("hex")}`;
const secrets = { token: random("token"), password: random("password"), vaulted: random("vaulted"), inline: random("inline") };

/** Names of a plan's tasks by what happens to them. */
const planned = (output: Output, action: string): readonly string[] => (output.layers ?? []).flatMap(({ items }) => items.filter((item) => item.action === action).map(({ name }) => name));
const uncertain = ["app : a bare command", "app : follows the bare command", "bounce"];

describeUnless(obstacle === undefined, obstacle ?? "")("a playbook with a role of 50 tasks", () => {
  const machine = labMachine(13, { label: "ansible", packages: ["python3"] });
  const directory = mkdtempSync(join(tmpdir(), "steading-playbooks-"));
  /** All that was printed and kept. */
  const seen: string[] = [];
  let project: TestProject;
  const configure = async (more: { readonly [key: string]: Json } = {}): Promise<void> => {
    const crypter = await newCrypter("test", "Pulumi.test.yaml");
    const secure = (text: string): Json => ({ secure: crypter.encrypt(text) });
    const config = { connection: { ...machine.connection() }, ansible: "venv", playbook: join(directory, "site.yml"), token: secure(secrets.token), vaultPassword: secure(secrets.password), ...more };
    writeFileSync(join(project.directory, "Pulumi.test.yaml"), JSON.stringify({ encryptionsalt: crypter.salt, config: Object.fromEntries(Object.entries(config).map(([key, value]) => [`test:${key}`, value])) }));
  };
  const steading = async (command: string, ...args: readonly string[]) => {
    const ran = await project.run(command, "--json", ...args);
    seen.push(ran.stdout, ran.stderr);
    return { exitCode: ran.exitCode, stderr: ran.stderr, output: JSON.parse(ran.stdout) as Output };
  };
  const onHost = async (script: string): Promise<string> => (await connect(machine.connection()).exchange(script)).stdout.toString().trim();

  beforeAll(async () => {
    project = testProject(new URL("program.ts", import.meta.url), {});
    const program = join(dirname(await findAnsible("venv", "this test", () => undefined)), "ansible-vault");
    await writePlaybooks(directory, { program, password: secrets.password, value: secrets.vaulted, inline: secrets.inline });
    await configure();
  }, 120_000);
  afterAll(() => {
    project.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  test("a preview lists what each task would change, says what it cannot tell, and touches nothing", async () => {
    const { exitCode, output } = await steading("preview");
    expect([exitCode, TASKS, planned(output, "change").length]).toEqual([2, 50, 24]);
    expect(planned(output, "cannot-tell")).toEqual(uncertain);
    expect(output.summary).toMatchObject({ change: 24, cannotTell: 3, unchanged: 24 });
    const file = output.layers?.[0]?.items.find(({ name }) => name === "app : file 3");
    expect(file?.fields).toEqual([{ field: "/srv/app/file-3", want: "file 3" }]);
    expect(await onHost("ls /srv")).toBe("");
  }, 120_000);

  test("up runs it, each task a step", async () => {
    const { exitCode, stdout } = await project.run("up");
    seen.push(stdout, project.state());
    expect(exitCode).toBe(0);
    expect(stdout).toContain("16/51  app : line 0: changed");
    expect(stdout).toMatch(/51 tasks, 25 ok, 26 changed/);
    expect(await onHost("cat /srv/app/token; ls /srv/app | wc -l")).toBe(`${secrets.token}\n${secrets.vaulted}\n20`);
  }, 180_000);

  test("a second up changes nothing, and runs nothing again of which nothing can be told", async () => {
    const { exitCode, output } = await steading("up", "--full");
    expect([exitCode, output.resources?.map(({ operation }) => operation)]).toEqual([0, ["same", "same", "same"]]);
    expect([planned(output, "change"), planned(output, "cannot-tell")]).toEqual([[], uncertain]);
    expect(await onHost("cat /srv/app/ran")).toBe("ran");
  }, 120_000);

  test("what somebody changed by hand is found, task by task", async () => {
    await onHost("echo mine > /srv/app/file-3; chmod 0777 /srv/app/4; rm /srv/app/once-2");
    const { exitCode, output } = await steading("preview");
    expect([exitCode, planned(output, "change")]).toEqual([2, ["app : folder 4", "app : file 3", "app : made once 2"]]);
    expect(output.layers?.[0]?.items.slice(0, 2).map(({ fields }) => fields)).toEqual([
      [{ field: "mode", have: "0777", want: "0750" }],
      [{ field: "/srv/app/file-3", have: "mine", want: "file 3" }],
    ]);
  }, 120_000);

  test("a task that fails is named with its place; the next up goes on", async () => {
    await configure({ playbook: join(directory, "failing.yml"), broken: true });
    const { exitCode, output } = await steading("up");
    expect([exitCode, output.errors?.map(({ code, hostState }) => [code, hostState])]).toEqual([1, [["task.failed", "partial"]]]);
    expect(output.errors?.[0]?.message).toMatch(/task the one that breaks of playbook site failed \(.*failing\.yml:\d+\): .*it breaks for \[secret\]/s);
    expect(await onHost("cat /srv/before; ls /srv/after 2>/dev/null")).toBe("before");
    await configure({ playbook: join(directory, "failing.yml"), undoPlaybook: join(directory, "undo.yml") });
    expect((await steading("up")).exitCode).toBe(0);
    expect(await onHost("cat /srv/after")).toBe("after");
  }, 120_000);

  test("destroy runs the playbook that takes it back", async () => {
    expect((await steading("destroy")).exitCode).toBe(0);
    expect(await onHost("ls -d /srv/app 2>/dev/null")).toBe("");
  }, 120_000);

  test("no secret of the program, the vault or its password is printed or kept", () => {
    const text = seen.join("\n");
    expect(text).toContain("secret file");
    for (const secret of Object.values(secrets)) expect(formsOf(secret).filter((form) => text.includes(form))).toEqual([]);
  });
});
