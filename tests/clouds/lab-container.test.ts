import { access } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { labContainer, labMachines, treeObstacles } from "#clouds/lab-container.ts";
import { labMachine, labObstacle, quietly } from "../support/lab.ts";
import { describeUnless } from "../support/skip.ts";
import { soak } from "../support/soak.ts";
import { cloudContract } from "./contract.ts";
import { say } from "./say.ts";
import { traces } from "./traces.ts";

const obstacle = await labObstacle();
const describeBooted = describeUnless(obstacle === undefined, obstacle ?? "");

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  for (const deadline = Date.now() + 20_000; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error("it took too long");
    await sleep(100);
  }
};

const bootId = "cat /proc/sys/kernel/random/boot_id";

// Debian 12 is what other tests are on as well.
describeBooted.each(soak ? ([12, 13] as const) : ([13] as const))("a lab container with Debian %i", (release) => {
  describe("keeps the contract", () => {
    const name = `t-contract-${process.pid.toString()}-${release.toString()}`;
    cloudContract({ cloud: labContainer, name, want: { release }, traces });
  });

  describe("is a machine of its own", () => {
    const lab = labMachine(release, { label: `own-${release.toString()}` });

    test.each([
      ["runs that release", ". /etc/os-release && echo $VERSION_ID", release.toString()],
      ["has systemd as its init, with nothing failed", "systemctl is-system-running; systemctl --failed --no-legend", "running"],
      ["has its own name", "hostname", lab.name],
      ["sees only its own processes", "ps -e -o comm= | grep -c systemd-nspawn || true", "0"],
      ["has its own packet filter", "nft list tables", ""],
      ["changes its own network settings", "sysctl -qw net.ipv4.conf.all.log_martians=1 && sysctl -n net.ipv4.conf.all.log_martians", "1"],
      ["keeps keys from other users", "stat -c %a /root/.ssh/authorized_keys /etc/ssh/ssh_host_ed25519_key", "600\n600"],
    ])("%s", async (_, script, said) => {
      expect(await say(lab.connection(), script)).toBe(said);
    });

    test("installs packages from Debian's archive", async () => {
      expect(await say(lab.connection(), "apt-get update -qq && apt-get install -qqy hello >/dev/null 2>&1; hello -t")).toBe("hello, world");
    }, 120_000);

    test("the login key is private", async () => {
      const { stdout } = await execa("stat", ["--format=%a", lab.connection().identityFile ?? ""]);
      expect(stdout).toBe("600");
    });

    test("a restart from inside brings it back at the same address", async () => {
      const before = await say(lab.connection(), bootId);
      await say(lab.connection(), "systemctl reboot").catch(() => undefined);
      await until(async () => {
        const now = await say(lab.connection(), bootId).catch(() => before);
        return /^[0-9a-f-]{36}$/.test(now) && now !== before;
      });
    }, 60_000);

    test("one that was switched off is started again by read", async () => {
      await say(lab.connection(), "systemctl poweroff").catch(() => undefined);
      await until(async () => (await traces(lab.name, lab.connection()))["processes"]?.length === 0);
      const again = await labContainer.read(lab.name, quietly);
      expect(again?.connection).toEqual(lab.connection());
      expect(await say(lab.connection(), "id -u")).toBe("0");
    }, 60_000);
  });
});

describeBooted("lab containers side by side", () => {
  const one = labMachine(12, { label: "one" });
  const other = labMachine(12, { label: "other", user: "admin" });

  test("are told apart by address, host key and machine id", async () => {
    const seen = await Promise.all([one, other].map(async (lab) => [lab.connection().address, lab.connection().hostKey, await say(lab.connection(), "cat /etc/machine-id")]));
    expect(seen[0]?.filter((value) => seen[1]?.includes(value))).toEqual([]);
  });

  test("are entered as root or through sudo", async () => {
    expect(other.connection().user).toBe("admin");
    expect(await say(other.connection(), "id -u; echo $SUDO_USER")).toBe("0\nadmin");
  });

  test("are both listed", async () => {
    expect(await labMachines()).toEqual(expect.arrayContaining([one.name, other.name]));
  });

  test("one that ends does not disturb the other", async () => {
    const before = await say(other.connection(), bootId);
    await labContainer.destroy(one.name, quietly);
    expect(await say(other.connection(), `systemctl is-active ssh dbus && ${bootId}`)).toBe(`active\nactive\n${before}`);
  });
});

describeBooted("a lab container whose making was interrupted", () => {
  const name = `t-broken-${process.pid.toString()}`;
  afterAll(() => labContainer.destroy(name, quietly), 60_000);

  test("is finished by the next create", async () => {
    const script = `const { labContainer } = await import(${JSON.stringify(new URL("../../clouds/lab-container.ts", import.meta.url).href)});
      await labContainer.create(${JSON.stringify(name)}, { release: 12 }, { progress() {}, signal: new AbortController().signal });`;
    const home = `/var/lib/steading-lab/${name}`;
    for (const moment of ["root", "id_ed25519.pub", "network", "console.log"]) {
      const maker = execa(process.execPath, ["--input-type=module", "--eval", script], { reject: false });
      await until(() => access(`${home}/${moment}`).then(() => true, () => false));
      maker.kill("SIGKILL");
      await maker;
    }
    const machine = await labContainer.create(name, { release: 12 }, quietly);
    expect(await say(machine.connection, "systemctl is-system-running")).toBe("running");
  }, 120_000);
});

const [treeObstacle] = await treeObstacles();

describeUnless(treeObstacle === undefined, treeObstacle?.message ?? "")("an unbooted lab container", () => {
  const name = `t-tree-${process.pid.toString()}`;
  afterAll(() => labContainer.destroy(name, quietly), 60_000);

  test("is a Debian tree that can install packages", async () => {
    const { connection } = await labContainer.create(name, { release: 13, booted: false }, quietly);
    expect(connection.via).toBe("tree");
    expect(await say(connection, ". /etc/os-release && echo $VERSION_ID && cat /etc/hostname")).toBe(`13\n${name}`);
    expect(await say(connection, "apt-get install -qqy hello >/dev/null 2>&1; hello -t")).toBe("hello, world");
  }, 120_000);

  test("has no network and no control group of its own", async () => {
    const found = await traces(name, { via: "tree", root: "/" });
    expect(Object.keys(found).filter((sort) => found[sort]?.length !== 0)).toEqual(["files"]);
  });

  test("is read as what it is, and gone after destroy", async () => {
    expect((await labContainer.read(name, quietly))?.connection.via).toBe("tree");
    await labContainer.destroy(name, quietly);
    expect(await labContainer.read(name, quietly)).toBeUndefined();
  });
});

describe("a name that cannot name a machine", () => {
  test.each(["", "-x", "Box", "a b", "../x", "x".repeat(43)])("%j is refused before anything is touched", (name) => {
    expect(() => labContainer.create(name, { release: 12 }, quietly)).toThrow(/cannot name a lab machine/);
  });
});
