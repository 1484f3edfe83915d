import { existsSync } from "node:fs";
import { execa } from "execa";
import { sshOptions } from "#host/ssh.ts";
import { testProject } from "../../support/project.ts";
import type { TestProject } from "../../support/project.ts";
import { describeUnless } from "../../support/skip.ts";
import { sshdObstacle, startSshd } from "../../support/sshd.ts";
import type { TestSshd } from "../../support/sshd.ts";
import { busyboxTree } from "../../support/tree.ts";

describeUnless(sshdObstacle === undefined, sshdObstacle ?? "")("SSH handshakes of a stack with one host and three layers", () => {
  const tree = busyboxTree("/run");
  let sshd: TestSshd;
  let project: TestProject;
  /** Ends the shared connection, as idle time would. */
  const cool = () => execa("ssh", [...sshOptions(sshd.connection), "-O", "exit", "--", sshd.connection.address], { reject: false });
  beforeAll(async () => {
    sshd = await startSshd(tree.root);
    project = testProject(new URL("program.ts", import.meta.url), { connection: { ...sshd.connection } });
  });
  afterAll(async () => {
    project.remove();
    await cool();
    await sshd.stop();
    tree.remove();
  });

  test.each([
    ["preview", 2],
    ["up", 0],
    ["preview", 0],
    ["up", 0],
    ["refresh", 0],
    ["destroy", 0],
  ] as const)("%s takes one, and none while the connection is warm", async (command, exit) => {
    await cool();
    const before = sshd.handshakes();
    const { exitCode, stdout, stderr } = await project.run(command, ...(command === "refresh" ? ["--yes"] : []));
    expect([exitCode, exitCode === exit ? "" : stdout + stderr]).toEqual([exit, ""]);
    expect(sshd.handshakes() - before).toBe(1);
    await project.run("preview");
    expect(sshd.handshakes() - before).toBe(1);
  }, 60_000);

  test("the files came and went", () => {
    expect(existsSync(`${tree.root}/etc/three`)).toBe(false);
  });
});
