import { setTimeout as sleep } from "node:timers/promises";
import { resetMachine } from "#clouds/lab-vm.ts";
import { connect } from "#host/connect.ts";
import type { SshConnection } from "#model/connection.ts";
import type { Item } from "#model/kind.ts";
import { labVm, quietly, VM_PATIENCE_MS, vmObstacle } from "../../support/lab.ts";
import { describeUnless } from "../../support/skip.ts";
import { held, tried } from "../../support/soak.ts";
import { items as thirty, up } from "../crash/program.ts";

const obstacle = await vmObstacle();
const ROUNDS = 50;
/** Small packages with no services, so that most of the time is dpkg's; and what can be anywhere when the power goes. */
const wanted: readonly Item[] = [...["tree", "bc", "time"].map((name): Item => ({ kind: "package", name, want: { package: name } })), ...thirty];

describeUnless(obstacle === undefined, obstacle ?? "")("a machine whose power is cut in the middle of a change", () => {
  const machine = labVm(13, { label: "reset" });
  const to = (): SshConnection => ({ ...machine.connection(), confirmSeconds: 60 });
  const on = async (script: string): Promise<string> => (await connect(to()).fresh(script)).stdout.toString();

  /** Waits until nothing of a transaction is left but what a ledger needs. */
  async function settled(): Promise<string> {
    for (let tries = 0; ; tries++) {
      const left = await on("ls -d /var/lib/steading/txn/* /var/lib/steading/lock /etc/systemd/system/steading-* 2>/dev/null");
      if (left === "" || tries >= 240) return left;
      await sleep(1000);
    }
  }

  test.each([...Array(ROUNDS).keys()])("it boots, answers, has undone the change, and dpkg finds nothing to complain of (%i)", async (round) => {
    tried("power cuts");
    // Every place in turn: before each step, and some way into it.
    let cut: Promise<unknown> | undefined;
    const place = 1 + Math.floor((round * 37) % 34);
    const delay = (round * 211) % 900;
    const lost: unknown = await up(to(), wanted, [], (index) => {
      if (index >= place) cut ??= sleep(delay).then(() => resetMachine(machine.name, "power", quietly));
    }).catch((error: unknown) => error);
    await cut;
    expect(cut === undefined ? "the power was never cut" : String(lost)).not.toMatch(/^\[?object|never/);
    expect(await settled()).toBe("");
    const NOTHING = "# /etc/shells: valid login shells\n";
    const left = "dpkg --audit; ls -d /var/lib/steading /etc/steading /srv/* 2>/dev/null; dpkg-query -W -f '${db:Status-Status} ' tree bc time 2>/dev/null; head -1 /etc/shells";
    expect(await on(left)).toBe(NOTHING);
    held("power cuts");
    // Each is the start of the next; a whole change and its end takes long here, so now and then.
    if (round % 10 !== 9) return;
    await up(to(), wanted, wanted);
    expect((await up(to(), wanted, wanted)).empty).toBe(true);
    await up(to(), [], wanted);
    expect(await on(left)).toBe(NOTHING);
  }, VM_PATIENCE_MS * 2);
});
