import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Output } from "#cli/output.ts";
import { connect } from "#host/connect.ts";
import { connectionText } from "#provider/connection-input.ts";
import { steading } from "../../support/cli.ts";
import { labMachine, labObstacle } from "../../support/lab.ts";
import { describeUnless } from "../../support/skip.ts";

const obstacle = await labObstacle();

describeUnless(obstacle === undefined, obstacle ?? "")("a machine that is one YAML file", () => {
  const machine = labMachine(13, { label: "yaml" });
  const directory = mkdtempSync(join(tmpdir(), "steading-machine-"));
  afterAll(() => { rmSync(directory, { recursive: true }); });
  const run = async (command: string, ...more: readonly string[]): Promise<{ readonly exitCode: number; readonly output: Output }> => {
    const { exitCode, stdout } = await steading([command, "desk.yaml", "--json", ...more], { cwd: directory });
    return { exitCode, output: JSON.parse(stdout) as Output };
  };

  test("is made, has nothing to do, is repaired, and put back; nobody writes a program", async () => {
    const { hostKey = "", identityFile = "" } = machine.connection();
    const own = "hostname: desk\nfiles:\n  /etc/motd: { content: \"home\\n\" }\n";
    writeFileSync(join(directory, "desk.yaml"), `host: ${connectionText(machine.connection())}\nhostKey: ${hostKey}\nidentityFile: ${identityFile}\nprofile: minimal\n${own}`);
    const on = async (script: string): Promise<string> => (await connect(machine.connection()).exchange(script)).stdout.toString().trim();
    expect((await run("preview")).exitCode).toBe(2);
    expect((await run("up", "--yes")).exitCode).toBe(0);
    expect(await on("hostname; cat /etc/motd")).toBe("desk\nhome");
    expect((await run("preview")).exitCode).toBe(0);
    await on("echo else >/etc/motd");
    const { exitCode, output } = await run("up", "--yes");
    expect([exitCode, output.summary?.change]).toEqual([0, 1]);
    expect(await on("cat /etc/motd")).toBe("home");
    expect((await run("destroy", "--yes")).exitCode).toBe(0);
    expect(await on("ls -d /var/lib/steading /etc/steading 2>/dev/null; grep -c home /etc/motd")).toBe("0");
    expect(existsSync(join(directory, ".steading/desk/Pulumi.yaml"))).toBe(true);
    expect(readFileSync(join(directory, ".steading/.gitignore"), "utf8")).toBe("*\n");
  }, 120_000);
});
