import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { Places } from "./places.ts";
import { failure } from "./run.ts";

/**
 * Waits until the machine lets us in with the pinned key and its start is over.
 *
 * @param patienceMs - how long that may take before it is a fault
 * @param lives - false once it is in vain to wait
 */
export async function answers(places: Places, patienceMs: number, signal: AbortSignal, lives: () => Promise<boolean> = () => Promise.resolve(true)): Promise<void> {
  const ask = ["-F", places.sshConfig, "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "--", places.name, "systemctl is-system-running --wait"];
  for (const deadline = Date.now() + patienceMs; ; ) {
    const { stdout, stderr } = await execa("ssh", ask, { reject: false, stdin: "ignore", cancelSignal: signal });
    signal.throwIfAborted();
    if (/^(running|degraded)$/m.test(stdout)) return;
    if (Date.now() > deadline || !(await lives())) throw failure(places.name, `does not answer: ${stderr}${stdout} (it printed into ${places.console})`);
    await sleep(100);
  }
}
