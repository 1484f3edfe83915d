import { labVm as cloud, resetMachine } from "#clouds/lab-vm.ts";
import type { Connection } from "#model/connection.ts";
import { execa } from "execa";
import { labVm, quietly, VM_PATIENCE_MS, vmObstacle } from "../support/lab.ts";
import { describeUnless } from "../support/skip.ts";
import { cloudContract } from "./contract.ts";
import { say } from "./say.ts";
import { traces } from "./traces.ts";

const obstacle = await vmObstacle();
const describeVm = describeUnless(obstacle === undefined, obstacle ?? "");

describeVm("a lab VM", () => {
  describe("keeps the contract", () => {
    const name = `t-contract-vm-${process.pid.toString()}`;
    /** It has neither mounts nor control groups on this machine. */
    const tracesOfVm = async (id: string, to: Connection) => {
      const { mounts: _mounts, groups: _groups, ...others } = await traces(id, to);
      return others;
    };
    cloudContract({ cloud, name, want: { release: 13, user: "admin" }, traces: tracesOfVm, patienceMs: VM_PATIENCE_MS });
  });

  describe("is a machine of its own", () => {
    const lab = labVm(13);

    test("has Debian's kernel, not this machine's", async () => {
      const { stdout } = await execa("uname", ["-r"]);
      const own = await say(lab.connection(), "uname -r");
      expect(own).toMatch(/^6\.\d+\.\d+.*-amd64$/);
      expect(own).not.toBe(stdout);
    });

    test.each([
      ["runs that release", ". /etc/os-release && echo $VERSION_ID", "13"],
      ["has nothing failed", "systemctl is-system-running; systemctl --failed --no-legend", "running"],
      ["has its own name", "hostname", lab.name],
      ["was given its machine id before it started", "journalctl --quiet --no-pager --output=json --lines=1 | grep -c $(cat /etc/machine-id)", "1"],
      ["loads a kernel module", "modprobe dummy && grep -c '^dummy ' /proc/modules", "1"],
      ["makes a WireGuard link", "ip link add wg0 type wireguard && ip -o link show wg0 | cut -d: -f2 && ip link delete wg0", "wg0"],
      ["has IOMMU groups", "test $(ls /sys/kernel/iommu_groups | wc -l) -gt 1 && echo yes", "yes"],
      ["changes settings of its kernel", "sysctl -qw kernel.kptr_restrict=2 && sysctl -n kernel.kptr_restrict", "2"],
      ["keeps keys from other users", "stat -c %a /root/.ssh/authorized_keys /etc/ssh/ssh_host_ed25519_key", "600\n600"],
      // grep(1) ends with 1 where it finds nothing, which is what is wanted.
      ["lets dpkg write as carefully as anywhere", "grep -rl force-unsafe-io /etc/dpkg || true", ""],
    ])("%s", async (_, script, said) => {
      expect(await say(lab.connection(), script)).toBe(said);
    });

    test("installs packages from Debian's archive", async () => {
      expect(await say(lab.connection(), "apt-get update -qq && apt-get install -qqy hello >/dev/null 2>&1; hello -t")).toBe("hello, world");
    }, VM_PATIENCE_MS);

    test("comes back after a power cut; what was not flushed is lost, what was is there", async () => {
      await say(lab.connection(), "echo kept > /root/kept && sync && cat /proc/sys/kernel/random/boot_id > /root/boot && sync && echo lost > /root/lost");
      const again = await resetMachine(lab.name, "power", quietly);
      expect(again.connection).toEqual(lab.connection());
      expect(await say(again.connection, "cat /root/kept; cat /root/lost 2>/dev/null; cmp -s /root/boot /proc/sys/kernel/random/boot_id || echo another boot")).toBe("kept\nanother boot");
    }, VM_PATIENCE_MS);
  });
});

describeVm("a lab VM with firmware of its own", () => {
  const lab = labVm(12, { boot: "secure-boot", tpm: true });

  test.each([
    ["runs that release", ". /etc/os-release && echo $VERSION_ID", "12"],
    ["was started by firmware that checks signatures", "od -An -tu1 -j4 /sys/firmware/efi/efivars/SecureBoot-*", "1"],
    ["has a TPM 2.0", "test -c /dev/tpm0 && cat /sys/class/tpm/tpm0/tpm_version_major", "2"],
    ["has nothing failed", "systemctl is-system-running; systemctl --failed --no-legend", "running"],
  ])("%s", async (_, script, said) => {
    expect(await say(lab.connection(), script)).toBe(said);
  });
});
