import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { end, hasEnded } from "#clouds/lab/processes.ts";

describe("hasEnded", () => {
  const directory = mkdtempSync(join(tmpdir(), "steading-processes-"));
  const started: ChildProcess[] = [];

  /** A process, once it says its first line. */
  async function run(script: string, ...args: string[]): Promise<readonly [child: ChildProcess, line: string]> {
    const child = spawn("sh", ["-c", script, "sh", ...args], { stdio: ["ignore", "pipe", "inherit"] });
    started.push(child);
    const line = await new Promise<string>((resolve) => child.stdout.once("data", (data: Buffer) => { resolve(data.toString().trim()); }));
    return [child, line];
  }

  const pidOf = ({ pid }: ChildProcess): number => {
    if (pid === undefined) throw new Error("not started");
    return pid;
  };

  afterAll(() => {
    for (const child of started) child.kill("SIGKILL");
    rmSync(directory, { recursive: true });
  });

  test("a process that runs has not, by whatever name; killed and gone it has", async () => {
    symlinkSync("/bin/sleep", join(directory, "a) Z"));
    const [child] = await run('echo started; exec "$1" 60', join(directory, "a) Z"));
    const pid = pidOf(child);
    expect(await hasEnded(pid)).toBe(false);
    end(pid);
    await once(child, "exit");
    expect(await hasEnded(pid)).toBe(true);
  });

  test("one that its parent did not ask for has", async () => {
    // It ends when the shell is a program that asks for nobody.
    const [, pid] = await run("(sleep 0.3) & echo $!; exec sleep 60");
    for (let tries = 0; !(await hasEnded(Number(pid))) && tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await hasEnded(Number(pid))).toBe(true);
    expect(() => process.kill(Number(pid), 0)).not.toThrow();
  });
});
