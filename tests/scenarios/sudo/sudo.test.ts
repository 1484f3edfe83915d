import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "#host/connect.ts";
import type { SshConnection } from "#model/connection.ts";
import type { JsonObject } from "#model/value.ts";
import { connectionText } from "#provider/connection-input.ts";
import { steading } from "../../support/cli.ts";
import { labMachine, labObstacle } from "../../support/lab.ts";
import { testProject } from "../../support/project.ts";
import type { TestProject } from "../../support/project.ts";
import { describeUnless } from "../../support/skip.ts";
import { soak } from "../../support/soak.ts";
import { watchProcesses } from "../../support/watch-processes.ts";

const PASSWORD = "open 'sesame' 7f3a";
const settings: JsonObject = { hostname: "desk", users: { ada: { comment: "Ada", sudo: "password" } }, files: { "/etc/motd": { content: "Welcome home.\n" } } };
const obstacle = await labObstacle();

describeUnless(obstacle === undefined, obstacle ?? "")("a machine that one enters as somebody who is not root", () => {
  const machine = labMachine(12, { label: "sudo", user: "admin" });
  const projects: TestProject[] = [];
  const project = (connection: SshConnection): TestProject => {
    const made = testProject(new URL("../workstation/program.ts", import.meta.url), { connection: { ...connection }, profile: "minimal", settings });
    projects.push(made);
    return made;
  };
  const on = async (script: string): Promise<string> => (await connect(machine.connection()).exchange(script)).stdout.toString().trim();
  const asked = (): SshConnection => ({ ...machine.connection(), user: "asked" });
  beforeAll(async () => {
    await on("cp -a /etc/sudoers.d /root/; useradd -m -s /bin/bash asked && mkdir -m 0700 /home/asked/.ssh && cp ~admin/.ssh/authorized_keys /home/asked/.ssh/ && chown -R asked: /home/asked");
    await on(`chpasswd <<'END'\nasked:${PASSWORD}\nEND\necho 'asked ALL=(ALL:ALL) ALL' >/etc/sudoers.d/asked; chmod 0440 /etc/sudoers.d/asked; touch /tmp/mark`);
  }, 60_000);
  afterAll(() => {
    for (const made of projects) made.remove();
  });

  test("a wrong password is refused, and leaves it untouched", async () => {
    const { exitCode, output } = await project({ ...asked(), sudoPassword: "wrong" }).json("up");
    expect(exitCode).toBe(1);
    expect(output.errors).toEqual(expect.arrayContaining([expect.objectContaining({ code: "host.refused", hostState: "untouched", message: expect.stringMatching(/sudo refused: [^]*1 incorrect password attempt[^s][^]*sudoPassword/) as unknown })]));
    expect(JSON.stringify(output)).not.toContain('"wrong"');
  }, 60_000);

  test("no password where one is asked for is refused", async () => {
    const { exitCode, output } = await project(asked()).json("up");
    expect([exitCode, output.errors?.[0]?.code]).toEqual([1, "host.refused"]);
    expect(await on("test -e /var/lib/steading && echo there; find /etc /home -newer /tmp/mark")).toBe("");
  }, 60_000);

  test("it is imported through sudo that asks for a password, which is then in no file in clear", async () => {
    const directory = mkdtempSync(join(tmpdir(), "steading-import-"));
    const cwd = join(directory, "project");
    try {
      await steading(["new", "workstation-typescript", cwd]);
      const { hostKey = "", identityFile = "" } = machine.connection();
      const words = ["import", "--stack", "desk", "--host", connectionText(asked()), "--host-key", hostKey, "--identity-file", identityFile, "--kinds", "user,package"];
      expect(await steading(words, { cwd })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("sudo refused") as unknown });
      expect(existsSync(join(cwd, "stacks/desk.ts"))).toBe(false);
      const watched = watchProcesses([PASSWORD]);
      const imported = await steading([...words, "--sudo-password-stdin"], { cwd, input: `${PASSWORD}\n` });
      expect((await watched.end()).seen).toEqual([]);
      expect([imported.exitCode, imported.stderr]).toEqual([0, ""]);
      const files = ["stacks/desk.ts", "Pulumi.desk.yaml"].map((file) => readFileSync(join(cwd, file), "utf8"));
      expect(files.join("\n")).toContain("requireSecret"); // a text would be seen
      expect(`${files.join("\n")}${imported.stdout}`).not.toContain(PASSWORD);
      const preview = await steading(["preview", "--stack", "desk"], { cwd });
      expect([preview.exitCode, preview.stderr]).toEqual([0, ""]);
      expect(preview.stdout).toContain("nothing to change");
    } finally {
      rmSync(directory, { recursive: true });
    }
  }, 60_000);

  test.each<readonly [string, () => SshConnection]>([
    ["sudo that asks for a password", () => ({ ...asked(), sudoPassword: PASSWORD })],
    // That is how other tests come in too.
    ...(soak ? [["sudo that asks for none", () => machine.connection()] as const] : []),
  ])("it is made as declared through %s, a second run has nothing to do, destroy restores", async (_, connection) => {
    const stack = project(connection());
    const watched = watchProcesses([PASSWORD]);
    const made = await stack.run("up");
    expect((await watched.end()).seen).toEqual([]);
    expect([made.exitCode, made.exitCode === 0 ? "" : made.stdout, made.stderr]).toEqual([0, "", ""]);
    expect(await on("cat /etc/motd; hostname; id -un ada")).toBe("Welcome home.\ndesk\nada");
    const { exitCode, output } = await stack.json("up");
    expect([exitCode, output.summary?.change]).toEqual([0, 0]);
    expect((await stack.run("destroy")).exitCode).toBe(0);
    expect(await on("grep -c Welcome /etc/motd; id -un ada 2>/dev/null; ls -d /var/lib/steading 2>/dev/null")).toBe("0");
  }, 120_000);
});
