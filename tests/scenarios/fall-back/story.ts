import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "#host/connect.ts";
import type { Plan } from "#host/plan.ts";
import { openHost } from "#host/session.ts";
import type { Connection } from "#model/connection.ts";
import { isFault } from "#model/fault.ts";
import type { Item } from "#model/kind.ts";

/** Whose changes they are. */
const owner = { project: "fall-back", stack: "fall-back", layer: "start" };

/** Where a start is on trial, and what is there for it; nothing when nothing is. */
export const ON_TRIAL = "ls /etc/steading/list /etc/systemd/system/steading-* /boot/steading /boot/grub/custom.cfg 2>/dev/null; grub-editenv list 2>/dev/null | grep steading";

/** What a host prints, over a connection of its own. */
export const say = async (to: Connection, script: string): Promise<string> => (await connect(to).fresh(script)).stdout.toString().trim();

/** Brings the host to `want`. Returns the plan that was applied. */
export async function up(to: Connection, want: readonly Item[], old: readonly Item[], change: (plan: Plan) => Plan = (plan) => plan): Promise<Plan> {
  const session = openHost(to);
  try {
    const plan = change(await session.plan(owner, want, old));
    await session.apply(plan);
    return plan;
  } finally {
    await session.close();
  }
}

/** Starts the machine again, and waits until it answers and nothing is on trial any more. Returns the milliseconds. */
export async function restart(to: Connection, patienceMs: number): Promise<number> {
  const began = performance.now();
  const before = await say(to, "cat /proc/sys/kernel/random/boot_id");
  await say(to, "systemctl reboot").catch(() => "");
  for (;;) {
    await sleep(1000);
    if (performance.now() - began > patienceMs) throw new Error("it does not come back");
    try {
      // Between its undo and the start that follows, a machine can be entered too.
      const [boot, list, now = ""] = (await say(to, "cat /proc/sys/kernel/random/boot_id; ls /etc/steading/list 2>/dev/null || echo decided; sleep 2; systemctl is-system-running")).split("\n");
      if (boot !== before && list === "decided" && /^(running|degraded)$/.test(now)) return performance.now() - began;
    } catch (error) {
      if (!isFault(error, "host.unreachable")) throw error;
    }
  }
}
