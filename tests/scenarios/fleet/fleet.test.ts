import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { sshOptions } from "#host/ssh.ts";
import { Pool } from "#model/pool.ts";
import { startFleet, textIn } from "../../support/fleet.ts";
import type { Fleet } from "../../support/fleet.ts";
import { testProject } from "../../support/project.ts";
import type { TestProject } from "../../support/project.ts";
import { describeUnless } from "../../support/skip.ts";
import { held, soak, tried } from "../../support/soak.ts";
import { sshdObstacle } from "../../support/sshd.ts";

const counts = soak ? [100, 1000] : [24];
const PARALLEL = Math.min(8, 4 * availableParallelism());
const MEGABYTE = 1024 * 1024;
const peakReporter = join(import.meta.dirname, "../../../bench/peak-memory.ts");

/** So many logins tell what many times more of them cost. */
const SAMPLE = 200;

/** Seconds that so many bare logins take, as many at once as the run has. */
async function floorSeconds(fleet: Fleet): Promise<number> {
  const pool = new Pool(PARALLEL);
  const began = performance.now();
  const sample = fleet.addresses.slice(0, SAMPLE);
  await Promise.all(
    sample.map((address) =>
      pool.run(() => execa("ssh", ["-o", "ControlMaster=no", "-o", "ControlPath=none", ...sshOptions({ ...fleet.connection, address }), "-T", "--", address, "true"])),
    ),
  );
  return ((performance.now() - began) / 1000 / sample.length) * fleet.addresses.length;
}

describeUnless(sshdObstacle === undefined, sshdObstacle ?? "").each(counts)("a fleet of %d hosts", (count) => {
  const minutes = (hosts: number): number => 60_000 + hosts * 3000;
  let fleet: Fleet;
  let project: TestProject;
  beforeAll(async () => {
    fleet = await startFleet(count);
    project = testProject(new URL("program.ts", import.meta.url), { connection: { ...fleet.connection }, content: "hello\n", hosts: fleet.addresses.map((address) => ({ address })) });
  }, minutes(count));
  afterAll(async () => {
    project.remove();
    await fleet.stop();
  }, minutes(count));

  test("is brought up, each host for itself, one line each", async () => {
    const { exitCode, stdout, stderr } = await project.run("up");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(fleet.addresses.filter((address) => textIn(fleet, address, "etc/motd") !== "hello\n")).toEqual([]);
    expect(fleet.addresses.filter((address) => textIn(fleet, address, "var/lib/steading/ledger")?.includes('"motd"') !== true)).toEqual([]);
    expect(stdout.match(/^ {2}~ 127\.1\.\d+\.\d+ +1 changed/gm)).toHaveLength(count);
    expect(stdout).toContain(`${String(count)} changed, 0 unchanged`);
  }, minutes(count));

  test("with nothing to do costs one login per host, and little memory", async () => {
    // Connections of the run before would make logins cheaper than they are.
    await Promise.all(fleet.addresses.slice(0, 64).map((address) => execa("ssh", [...sshOptions({ ...fleet.connection, address }), "-O", "exit", "--", address], { reject: false })));
    const floor = await floorSeconds(fleet);
    const peak = join(project.directory, "peak");
    const [before, began] = [fleet.handshakes(), performance.now()];
    const { exitCode, stdout } = await execa("node", [join(import.meta.dirname, "../../../src/cli/main.ts"), "preview", "--stack", "test"], {
      cwd: project.directory,
      env: { PULUMI_CONFIG_PASSPHRASE: "test", NODE_OPTIONS: `--max-semi-space-size=8 --disable-warning=ExperimentalWarning --import ${peakReporter}`, STEADING_BENCH_PEAK: peak },
      reject: false,
      preferLocal: true,
    });
    const seconds = (performance.now() - began) / 1000;
    const memory = Number(readFileSync(peak, "utf8"));
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`nothing to do, ${String(count)} unchanged`) as string]);
    expect(fleet.handshakes() - before).toBe(count);
    expect(memory / MEGABYTE).toBeLessThan(600);
    const promise = `fleet of ${String(count)}: nothing to do within twice the bare logins`;
    tried(promise);
    if (seconds <= 2 * floor) held(promise);
    if (soak)
      process.stdout.write(`${JSON.stringify({ line: `fleet of ${String(count)}`, seconds: Number(seconds.toFixed(1)), floorSeconds: Number(floor.toFixed(1)), ratio: Number((seconds / floor).toFixed(2)), peakMegabytes: Math.round(memory / MEGABYTE) })}\n`);
  }, minutes(count));

  // A thousand hosts would show the same for another hour.
  if (count > 100) return;

  test("repairs the one host that was changed by hand, and says nothing of the others but their number", async () => {
    const address = fleet.addresses[7] ?? "";
    writeFileSync(join(fleet.root(address), "etc/motd"), "tampered\n");
    const { exitCode, stdout } = await project.run("up");
    expect([exitCode, textIn(fleet, address, "etc/motd")]).toEqual([0, "hello\n"]);
    expect(stdout.split("\n").slice(1, -1)).toEqual([expect.stringMatching(`^  ~ ${address} +1 changed  `), `  = ${String(count - 1)} hosts as declared`]);
  }, minutes(count));

  test("is taken back, and no connection stays for long where there are many", async () => {
    const { exitCode, stdout } = await project.run("destroy");
    expect(stdout).not.toContain("failed");
    expect([exitCode, fleet.addresses.filter((address) => textIn(fleet, address, "etc/motd") !== undefined)]).toEqual([0, []]);
    if (count <= 64) return;
    const masters = async (): Promise<number> => {
      const { stdout } = await execa("pgrep", ["-c", "-f", `-p ${String(fleet.connection.port)} -i ${fleet.connection.identityFile ?? ""}`], { reject: false });
      return Number(stdout);
    };
    while ((await masters()) > 64) await new Promise((resolve) => setTimeout(resolve, 1000));
  }, minutes(count));
});
