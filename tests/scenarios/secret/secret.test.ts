import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { newCrypter } from "#engine/passphrase.ts";
import { connect } from "#host/connect.ts";
import { labMachine, labObstacle } from "../../support/lab.ts";
import { testProject } from "../../support/project.ts";
import type { Ran, TestProject } from "../../support/project.ts";
import { describeUnless } from "../../support/skip.ts";
import { watchProcesses } from "../../support/watch-processes.ts";
import { formsOf, placesOf } from "./search.ts";

const word = (): string => randomBytes(12).toString("hex");
const backwards = (text: string): string => Array.from(text).reverse().join("");
const TOKEN = `token ${word()} 'a' "b"\nsecond $line ${word()}`;
const MADE = `made-${word()}`;
const HASH = `$6$${word()}$${word()}${word()}`;
const secrets = [TOKEN, MADE, HASH];
const obstacle = await labObstacle();

describeUnless(obstacle === undefined, obstacle ?? "")("a secret", () => {
  const machine = labMachine(12, { label: "secret" });
  let project: TestProject;
  const on = async (script: string): Promise<string> => (await connect(machine.connection()).exchange(script)).stdout.toString();
  const places = (of: readonly string[]) => placesOf(of, connect(machine.connection()), project.directory);
  /** Runs the command under watch; it must not have shown a secret in any process of either machine, nor said one. */
  const run = async (command: string, ...args: string[]): Promise<Ran> => {
    const watched = watchProcesses(secrets.flatMap(formsOf));
    const ran = await project.run(command, ...args);
    const { rounds, seen } = await watched.end();
    expect(rounds).toBeGreaterThan(10);
    expect([command, seen, formsOf(TOKEN).concat(MADE, HASH).filter((form) => `${ran.stdout}${ran.stderr}`.includes(form))]).toEqual([command, [], []]);
    return ran;
  };
  const configure = async (more: { fails?: boolean; stuck?: boolean }): Promise<void> => {
    const crypter = await newCrypter("test", "Pulumi.test.yaml");
    const config = { "test:connection": { ...machine.connection() }, "test:token": { secure: crypter.encrypt(TOKEN) }, "test:made": backwards(MADE), "test:hash": backwards(HASH), "test:fails": more.fails ?? false, "test:stuck": more.stuck ?? false };
    writeFileSync(join(project.directory, "Pulumi.test.yaml"), JSON.stringify({ encryptionsalt: crypter.salt, config }));
  };
  beforeAll(() => {
    project = testProject(new URL("program.ts", import.meta.url), {});
  });
  afterAll(() => {
    project.remove();
  });

  test("would be seen in every place that is searched", async () => {
    const canary = `canary-${word()}`;
    writeFileSync(join(project.directory, "state/canary"), canary);
    await on(`mkdir -p /var/lib/steading; echo ${canary} | tee /var/lib/steading/failed /var/log/canary >/dev/null; logger ${canary}; sleep 1; journalctl --sync`);
    expect(await places([canary])).toEqual(["project, state, history and backups", "journal", "ledger and transaction", "logs and temporary files"]);
    rmSync(join(project.directory, "state/canary"));
    await on("rm -r /var/lib/steading /var/log/canary");
    const watched = watchProcesses([canary]);
    await execa("sh", ["-c", "sleep 0.3; true", canary]);
    await execa("sh", ["-c", "sleep 0.3; true"], { env: { CANARY: canary } });
    await on(`sh -c 'sleep 0.3; true' ${canary}; CANARY=${canary} dash -c 'sleep 0.3; true'`);
    expect((await watched.end()).seen).toEqual(["cmdline of sh", "environ of dash", "environ of sh", "environ of sleep"]);
  }, 30_000);

  test("is not told by a failing run, which leaves nothing of it", async () => {
    await configure({ fails: true });
    const { exitCode, stderr } = await run("up");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/command loud[^]*\[secret\][^]*Everything was rolled back/);
    expect(await places(secrets)).toEqual([]);
  }, 60_000);

  test("is not told by a failing run whose undo fails too, which leaves nothing of it", async () => {
    await configure({ fails: true, stuck: true });
    const { exitCode, stdout } = await run("up", "--json");
    const kept = await on("ls -d /var/lib/steading/failed; ls /var/lib/steading/failed");
    const found = await places(secrets);
    await on("rm -rf /var/lib/steading /etc/quiet");
    expect([kept, exitCode, found]).toEqual([expect.stringContaining("/failed\n"), 1, []]);
    expect(stdout).toContain('"hostState": "partial"');
  }, 60_000);

  test("comes to the machine, and lies nowhere else", async () => {
    await configure({});
    expect((await run("preview", "--full")).exitCode).toBe(2);
    expect((await run("up", "--full")).exitCode).toBe(0);
    expect(await on("cat /etc/token; echo; cat /etc/made; echo; getent shadow ada | cut -d: -f2")).toBe(`${TOKEN}\n${MADE}\n${HASH}\n`);
    expect(await places(secrets)).toEqual([]);
  }, 60_000);

  test("is not told when it was changed by somebody, nor when that is repaired", async () => {
    await on("echo x >>/etc/token; usermod -p '!' ada");
    const preview = await run("preview", "--json", "--full");
    expect(preview.exitCode).toBe(2);
    expect(preview.stdout).toContain("[secret]");
    expect((await run("refresh", "--yes")).exitCode).toBe(0);
    expect((await run("up", "--json", "--full")).exitCode).toBe(0);
    expect(await places(secrets)).toEqual([]);
  }, 60_000);

  test("is gone once everything is destroyed", async () => {
    expect((await run("destroy")).exitCode).toBe(0);
    expect(await on("cat /etc/token /etc/made 2>/dev/null; getent shadow ada")).toBe("");
    expect(await places(secrets)).toEqual([]);
  }, 60_000);
});
