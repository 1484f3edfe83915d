import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { connect } from "#host/connect.ts";
import { openHost } from "#host/session.ts";
import type { SshConnection } from "#model/connection.ts";
import { isFault } from "#model/fault.ts";
import { differences, hostSnapshot } from "../../support/host-snapshot.ts";
import type { HostSnapshot } from "../../support/host-snapshot.ts";
import { labMachine, labObstacle } from "../../support/lab.ts";
import { describeUnless } from "../../support/skip.ts";
import { held, soak, tried } from "../../support/soak.ts";
import { armed, hanging, items, owner, up } from "./program.ts";
import type { Bomb } from "./program.ts";

const obstacle = await labObstacle();
const COUNT = items.length;
const victims: readonly Pick<Bomb, "victim" | "during">[] = [
  { victim: "controller", during: "apply" },
  { victim: "runner", during: "apply" },
  { victim: "both", during: "apply" },
  { victim: "keeper", during: "apply" },
  { victim: "runner", during: "undo" },
  { victim: "both", during: "undo" },
  { victim: "undo", during: "undo" },
];
/** Before each step; the controller also behind the last. */
const every = victims.flatMap((kind) => [...Array(kind.victim === "controller" ? COUNT + 1 : COUNT).keys()].map((at): Bomb => ({ ...kind, at })));
/** Each sort of death at a few places; in the soak at every boundary. */
const bombs = soak ? every : every.filter(({ at }, index) => (at + index) % 31 === 0);

describeUnless(obstacle === undefined, obstacle ?? "")("kill -9 in the middle of a change of thirty items", () => {
  const machine = labMachine(13, { label: "crash" });
  /** What is killed is undone soon; what is not killed has the time that a busy machine needs. */
  const to = (confirmSeconds = 60): SshConnection => ({ ...machine.connection(), confirmSeconds });
  const on = async (script: string): Promise<string> => (await connect(to()).exchange(script)).stdout.toString();
  let before: HostSnapshot;
  beforeAll(async () => {
    await on("hostname unnamed; echo unnamed >/etc/hostname");
    before = await hostSnapshot(to());
  }, 60_000);

  async function explode(bomb: Bomb): Promise<void> {
    await on("rm -rf /run/bombed");
    if (bomb.victim !== "controller") {
      const error: unknown = await up(to(5), items, [], undefined, (plan) => armed(plan, bomb)).catch((reason: unknown) => reason);
      // Of a keeper the host's manager starts another.
      if (isFault(error) === (bomb.victim === "keeper")) throw new Error(`${bomb.victim}: ${isFault(error) ? error.message : "it did not fail"}`);
      return;
    }
    const { signal } = await execa(process.execPath, [new URL("controller.ts", import.meta.url).pathname, JSON.stringify(to(5)), (bomb.at + 1).toString()], { reject: false, stdin: "ignore" });
    if (signal !== "SIGKILL" && bomb.at < COUNT) throw new Error(`the controller was not killed: ${signal ?? "it ended"}`);
  }

  const LEFT = "ls -d /var/lib/steading /etc/systemd/system/steading-* /etc/systemd/system/*/steading-* 2>/dev/null; find / -xdev -name '*.steading*' -not -path '/proc/*'";

  test.each(bombs.map((bomb) => [bomb.victim, bomb.during, bomb.at, bomb] as const))("%s is killed during %s at %i: the next run ends it, and nothing is left between", async (_victim, _during, _at, bomb) => {
    tried("kill -9");
    await explode(bomb);
    const plan = await up(to(), items, items);
    expect(plan.actions.every(({ action }) => action === "none" || action === "change" || action === "adopt")).toBe(true);
    expect((await up(to(), items, items)).empty).toBe(true);
    await up(to(), [], items);
    for (let tries = 0; tries < 5 && (await on(LEFT)) !== ""; tries++) await sleep(500);
    expect(await on(LEFT)).toBe("");
    expect(differences(before, await hostSnapshot(to()))).toEqual([]);
    held("kill -9");
  }, 120_000);

  test("a step that hangs ends when nobody asks after it any more, and everything is undone", async () => {
    const { signal } = await execa(process.execPath, [new URL("controller.ts", import.meta.url).pathname, JSON.stringify(to(5)), "2", "hangs"], { reject: false, stdin: "ignore" });
    expect(signal).toBe("SIGKILL");
    expect(await on("ls /srv; pgrep -f '^sleep 7654'")).toMatch(/^first\n\d+\n$/);
    for (let tries = 0; tries < 60 && (await on(LEFT)) !== ""; tries++) await sleep(500);
    expect(await on(`${LEFT}; ls /srv; pgrep -f '^sleep 7654'`)).toBe("");
  }, 120_000);

  test("steps that take longer than they were given are undone by the host, and it is said why", async () => {
    const session = openHost(to(5));
    try {
      const late = session.apply(await session.plan(owner, hanging, []), undefined, 3);
      await expect(late).rejects.toMatchObject({ code: "apply.unconfirmed", hostState: "reverted", message: expect.stringMatching(/longer than the 3 s that they were given\. Everything was rolled back/) as string });
    } finally {
      await session.close();
    }
    expect(await on(`${LEFT}; ls /srv; pgrep -f '^sleep 7654'`)).toBe("");
  }, 120_000);
});
