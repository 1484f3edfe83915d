import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execaSync } from "execa";
import { connect } from "#host/connect.ts";
import { openHost } from "#host/session.ts";
import type { SshConnection } from "#model/connection.ts";
import { isFault } from "#model/fault.ts";
import { differences, hostSnapshot } from "../../support/host-snapshot.ts";
import { labMachine, labObstacle } from "../../support/lab.ts";
import type { LabMachine } from "../../support/lab.ts";
import { describeUnless } from "../../support/skip.ts";
import { held, soak, tried } from "../../support/soak.ts";
import { mistakes } from "./mistakes.ts";
import type { Mistake, Place } from "./mistakes.ts";

const obstacle = await labObstacle();
const CONFIRM_SECONDS = 6;
const PASSWORD = "open sesame 41";

/** A host key pair made for the occasion. */
function keyPair(): Place["otherHostKey"] {
  const directory = mkdtempSync(join(tmpdir(), "steading-key-"));
  try {
    execaSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(directory, "key")]);
    return { secret: readFileSync(join(directory, "key"), "utf8"), open: readFileSync(join(directory, "key.pub"), "utf8") };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const on = async (to: SshConnection, script: string): Promise<string> => {
  const { stdout, stderr, exitCode } = await connect(to).fresh(`set -e\n${script}`);
  if (exitCode !== 0) throw new Error(`${script}: ${stdout.toString()}${stderr}`);
  return stdout.toString().trim();
};

async function placeOn(to: SshConnection): Promise<Place> {
  const [us = "", device = "", address = ""] = (
    await on(to, "echo ${SSH_CONNECTION%% *}; ip -o -4 address show scope global | awk '{ print $2; print $4; exit }'")
  ).split("\n");
  const publicKey = readFileSync(`${to.identityFile ?? ""}.pub`, "utf8").trim();
  return { to, us, device, address, publicKey, otherHostKey: keyPair() };
}

/** What became of one mistake. */
interface Outcome {
  readonly code: string;
  readonly state: string;
  readonly message: string;
  readonly seconds: number;
  readonly left: readonly string[];
}

const ask = [`echo 'admin:${PASSWORD}' | chpasswd`, "printf 'admin ALL=(ALL:ALL) PASSWD: ALL\\n' >/etc/sudoers.d/zz-lab", "chmod 0440 /etc/sudoers.d/zz-lab"];

/** Makes a mistake on a machine, waits for what becomes of it, and compares the machine with what it was. */
async function make(mistake: Mistake, place: Place): Promise<Outcome> {
  const { to } = place;
  await on(to, [...(mistake.asAdmin === "asked" ? ask : ["true"]), ...(mistake.arrange?.(place) ?? [])].join("\n"));
  const before = await hostSnapshot(to);
  const login = mistake.asAdmin === undefined ? {} : { user: "admin", ...(mistake.asAdmin === "asked" ? { sudoPassword: PASSWORD } : {}) };
  const session = openHost({ ...to, ...login, ...mistake.declares, confirmSeconds: CONFIRM_SECONDS });
  const plan = await session.plan({ project: "lockout", stack: "lockout", layer: "mistake" }, mistake.items(place), []);
  const began = performance.now();
  const error: unknown = await session.apply(plan).catch((reason: unknown) => reason);
  const seconds = (performance.now() - began) / 1000;
  await session.close();
  let left = differences(before, await hostSnapshot(to));
  // An address is tentative for a second or two before the kernel calls it ours.
  for (let tries = 0; left.length > 0 && tries < 3; tries++) {
    await sleep(2000);
    left = differences(before, await hostSnapshot(to));
  }
  await on(to, ["true", ...(mistake.tidy ?? []), ...(mistake.asAdmin === "asked" ? ["rm /etc/sudoers.d/zz-lab", "passwd -q -l admin"] : [])].join("\n"));
  return isFault(error) ? { code: error.code, state: error.hostState, message: error.message, seconds, left } : { code: String(error), state: "", message: "", seconds, left };
}

/** A machine that does not answer any more must not stop the others. */
const tooLong = async (): Promise<never> => {
  await sleep(180_000, undefined, { ref: false });
  throw new Error("nothing came of it in 180 s");
};

/** Every fifth one, and in the soak all, also those that need packages of their own. */
const chosen = mistakes.filter(({ packages }, index) => soak || (packages === undefined && index % 5 === 0));

describeUnless(obstacle === undefined, obstacle ?? "")("a change that locks its author out", () => {
  const machines: readonly LabMachine[] = (soak ? [12, 13, 12, 13] : [12, 13]).map((release, index) => labMachine(release === 12 ? 12 : 13, { label: `lockout-${index.toString()}` }));
  const outcomes = new Map<Mistake, Outcome>();
  beforeAll(async () => {
    const waiting = [...chosen];
    await Promise.all(
      machines.map(async (machine) => {
        const place = await placeOn(machine.connection());
        if (soak) await on(place.to, `DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends ${chosen.flatMap(({ packages = [] }) => packages).join(" ")} >/dev/null; systemctl -q stop fail2ban`);
        for (let mistake = waiting.shift(); mistake !== undefined; mistake = waiting.shift()) {
          const outcome = await Promise.race([make(mistake, place), tooLong()]).catch((error: unknown): Outcome => ({ code: String(error), state: "lost", message: "", seconds: 0, left: [] }));
          outcomes.set(mistake, outcome);
          if (soak) process.stderr.write(`${mistake.name}: ${outcome.state} after ${outcome.seconds.toFixed(1)} s ${outcome.left.join(", ")} ${outcome.state === "lost" ? outcome.code : ""}\n`);
          // What it is compared with is looked at anew for each; only a machine that is out of reach is of no more use.
          if (outcome.state === "lost") return;
        }
      }),
    );
  }, 900_000);

  afterAll(() => { if (soak) process.stdout.write(JSON.stringify([...outcomes].map(([{ name }, { code, state, seconds, left }]) => ({ name, code, state, seconds, left }))) + "\n"); });

  test("the comparison sees a file, a setting of the kernel, a rule, a route and a service", async () => {
    const to = machines[0]?.connection();
    if (to === undefined) throw new Error("there is no machine");
    const before = await hostSnapshot(to);
    await on(to, "touch /etc/planted; sysctl -qw net.ipv4.conf.all.log_martians=1; nft add table inet planted; ip route add blackhole 192.0.2.99; systemctl -q stop cron 2>/dev/null || systemctl -q start systemd-networkd");
    const seen = differences(before, await hostSnapshot(to)).map((line) => line.split(" ")[0]);
    await on(to, "rm /etc/planted; sysctl -qw net.ipv4.conf.all.log_martians=0; nft delete table inet planted; ip route del blackhole 192.0.2.99; systemctl -q stop systemd-networkd.socket systemd-networkd");
    expect([...new Set(seen)].sort()).toEqual(expect.arrayContaining(["files", "filter", "routes", "sysctls", "units"]));
  }, 60_000);

  test.each(chosen.map((mistake) => [mistake.name, mistake] as const))("%s: the host comes back as it was", (_, mistake) => {
    tried("lock-outs");
    tried("lock-outs that end within the declared time and 10 s");
    const { code, state, message, left, seconds } = outcomes.get(mistake) ?? { code: "not tried", state: "", message: "", left: [], seconds: Infinity };
    expect({ state, message: /rolled back|Nothing was touched/.test(message) ? "says so" : message, left }).toEqual({ state: code === "proof.failed" ? "untouched" : "reverted", message: "says so", left: [] });
    if (mistake.ends === "timer") expect(code).toBe("apply.unconfirmed");
    held("lock-outs");
    if (seconds <= CONFIRM_SECONDS + 10) held("lock-outs that end within the declared time and 10 s");
  });
});
