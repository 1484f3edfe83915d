import type { SshConnection } from "#model/connection.ts";
import type { Item } from "#model/kind.ts";
import { differences, hostSnapshot } from "../../support/host-snapshot.ts";
import { labMachine, labObstacle } from "../../support/lab.ts";
import { describeUnless } from "../../support/skip.ts";
import { ON_TRIAL, restart, say, up } from "./story.ts";

const obstacle = await labObstacle();
const PATIENCE_MS = 120_000;

/** The server that runs goes on; the next start has none. */
const masked: Item = { kind: "symlink", name: "no-ssh", want: { path: "/etc/systemd/system/ssh.service", target: "/dev/null" } };
const banner: Item = { kind: "sshd-setting", name: "grace", want: { setting: "LoginGraceTime", value: "77" } };

describeUnless(obstacle === undefined, obstacle ?? "")("a start of the machine proves a change, or it falls back by itself", () => {
  const machine = labMachine(13, { label: "start" });
  const to = (): SshConnection => ({ ...machine.connection(), confirmSeconds: 6 });

  test("a change that it comes up with stays, and nothing is left of the trial", async () => {
    await up(to(), [banner], []);
    expect(await say(to(), ON_TRIAL)).toBe("/etc/steading/list\n/etc/systemd/system/steading-trial.service");
    await restart(to(), PATIENCE_MS);
    expect(await say(to(), `${ON_TRIAL}; ls -d /etc/steading 2>/dev/null; sshd -T | grep -i logingrace`)).toBe("logingracetime 77");
    expect((await up(to(), [banner], [banner])).empty).toBe(true);
  }, PATIENCE_MS);

  test("a change that nobody could come in after is undone; the next preview says so, and shows what is to be done again", async () => {
    const before = await hostSnapshot(to());
    await up(to(), [banner, masked], [banner]);
    await restart(to(), PATIENCE_MS);
    expect(await say(to(), `${ON_TRIAL}; systemctl is-active ssh`)).toBe("active");
    expect(await say(to(), "cat /etc/steading/fell-back")).toMatch(/^\S+Z\nit came up, but could not be reached as before\nundone: layer start of stack fall-back\/fall-back, by \S+ \(pid \d+\) since \S+$/);
    const left = differences(before, await hostSnapshot(to()));
    expect(left.filter((line) => !/ \/(etc\/steading|var\/lib\/steading)/.test(line))).toEqual([]);
    const plan = await up(to(), [banner], [banner, masked]);
    expect(plan.answers.fellBack).toHaveLength(3);
    expect(await say(to(), "ls -d /etc/steading/fell-back 2>/dev/null || echo told")).toBe("told");
  }, PATIENCE_MS);

  test("what is given back needs no trial", async () => {
    await up(to(), [], [banner]);
    expect(await say(to(), `${ON_TRIAL}; ls -d /etc/steading /var/lib/steading 2>/dev/null`)).toBe("");
  });
});
