import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "#host/connect.ts";
import { openHost } from "#host/session.ts";
import type { SshConnection } from "#model/connection.ts";
import { isFault } from "#model/fault.ts";
import type { Item } from "#model/kind.ts";
import { labMachine, labObstacle } from "../../support/lab.ts";
import { describeUnless } from "../../support/skip.ts";
import { held, rounds, tried } from "../../support/soak.ts";

const obstacle = await labObstacle();

/** A change that takes a second, so that another one comes while it runs. */
const slow = (name: string): Item => ({
  kind: "command",
  name,
  want: { probe: ["test", "-e", `/run/${name}`], apply: ["sh", "-c", `sleep 1; touch /run/${name}`], undo: ["rm", "-f", `/run/${name}`], risk: "none" },
});

describeUnless(obstacle === undefined, obstacle ?? "")("two changes of one machine at once", () => {
  const machine = labMachine(12, { label: "two" });
  const to = (): SshConnection => ({ ...machine.connection(), confirmSeconds: 5 });
  const owner = (stack: string) => ({ project: "two", stack, layer: "one" });

  test.each([...Array(rounds(2, 50)).keys()])("one runs and the other is refused with its name (%i)", async () => {
    tried("two at once");
    // Two connections are two sessions, as two people have them: a session queues its own changes.
    const [mine, theirs] = [openHost(to()), openHost({ ...to(), user: "root", confirmSeconds: 6 })];
    const plans = [await mine.plan(owner("mine"), [slow("mine")], []), await theirs.plan(owner("theirs"), [slow("theirs")], [])] as const;
    const first = mine.apply(plans[0]);
    await sleep(400);
    const error: unknown = await theirs.apply(plans[1]).catch((reason: unknown) => reason);
    await first;
    expect(isFault(error, "host.locked") && [error.hostState, error.detail.holder]).toEqual(["untouched", expect.stringContaining("layer one of stack two/mine")]);
    await theirs.apply(await theirs.plan(owner("theirs"), [slow("theirs")], []));
    await mine.apply(await mine.plan(owner("mine"), [], [slow("mine")]));
    await theirs.apply(await theirs.plan(owner("theirs"), [], [slow("theirs")]));
    await Promise.all([mine.close(), theirs.close()]);
    held("two at once");
  }, 60_000);

  test("a lock whose holder is gone is known at once, also after a restart of the machine", async () => {
    const session = openHost(to());
    const on = (script: string) => connect(to()).exchange(script);
    for (const boot of ["$(cat /proc/sys/kernel/random/boot_id)", "another boot"]) {
      await on(`mkdir -p /var/lib/steading/lock; cd /var/lib/steading/lock; echo gone >id; echo somebody >holder; echo "${boot}" >boot; echo "999999 1" >runner`);
      const began = performance.now();
      await session.apply(await session.plan(owner("mine"), [slow("stale")], []));
      await session.apply(await session.plan(owner("mine"), [], [slow("stale")]));
      expect(performance.now() - began).toBeLessThan(50_000);
      expect((await on("ls -d /var/lib/steading 2>/dev/null")).stdout.toString()).toBe("");
    }
    await session.close();
  }, 120_000);
});
