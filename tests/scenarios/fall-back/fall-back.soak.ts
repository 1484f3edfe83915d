import { readFileSync } from "node:fs";
import { machinesDirectory } from "#clouds/lab/places.ts";
import type { SshConnection } from "#model/connection.ts";
import type { Item } from "#model/kind.ts";
import { differences, hostSnapshot } from "../../support/host-snapshot.ts";
import { labVm, VM_PATIENCE_MS, vmObstacle } from "../../support/lab.ts";
import { describeUnless } from "../../support/skip.ts";
import { held, tried } from "../../support/soak.ts";
import { ON_TRIAL, restart, say, up } from "./story.ts";

const obstacle = await vmObstacle();

/** What makes a first file system of what is declared, and again when it is undone. */
const madeAnew = (name: string, needs: string): Item => ({
  kind: "command",
  name,
  want: { probe: ["test", "-e", "/run/made-anew"], apply: ["sh", "-c", "update-initramfs -u && touch /run/made-anew"], undo: ["update-initramfs", "-u"], needs: [needs], risk: "boot" },
});
const driver: Item = { kind: "file", name: "no-disk", want: { path: "/usr/share/initramfs-tools/modules.d/steading-lab", content: "ext4\n" } };

/** A change that the running machine does not mind, and the next start does; what the host says of it. */
const mistakes: readonly (readonly [string, readonly Item[], RegExp])[] = [
  ["a mount of a disk that is not there", [{ kind: "file", name: "fstab", want: { path: "/etc/fstab", content: "UUID=53746561-6469-4e67-8000-000000000001 / ext4 errors=remount-ro 0 1\n/dev/disk/by-uuid/none /srv ext4 defaults,x-systemd.device-timeout=15 0 2\n" } }], /emergency mode/],
  ["a first file system without the disk's driver", [driver, madeAnew("initramfs", "path:/usr/share/initramfs-tools/modules.d/steading-lab")], /kernel did not come up/],
  ["a root that is not there", [{ kind: "kernel-argument", name: "root", want: { argument: "root=/dev/none" } }, { kind: "kernel-argument", name: "delay", want: { argument: "rootdelay=5" } }], /kernel did not come up/],
  ["no ssh server", [{ kind: "symlink", name: "no-ssh", want: { path: "/etc/systemd/system/ssh.service", target: "/dev/null" } }], /could not be reached/],
  ["no driver for the network", [{ kind: "file", name: "no-net", want: { path: "/etc/modprobe.d/no-net.conf", content: "install virtio_net /bin/false\n" } }], /could not be reached/],
];

/** What differs and says nothing: the ledger, units that a boot runs when it needs them, and what the kernel computes of the memory that is free as it starts. */
const EXPECTED = / \/(etc\/steading|var\/lib\/steading)|units . (ldconfig|systemd-(fsck-root|sysusers|update-done))\.service |sysctls . (net\.ipv4\.(tcp|udp)_mem|user\.max_\w+_namespaces) /;

describeUnless(obstacle === undefined, obstacle ?? "")("a start that a change spoiled", () => {
  const machine = labVm(13, { label: "fall", boot: "uefi" });
  const to = (): SshConnection => ({ ...machine.connection(), confirmSeconds: 20 });
  const starts = (): number => readFileSync(`${machinesDirectory("steading-vm")}/${machine.name}/console.log`, "utf8").split("Booting `").length - 1;

  test.each(mistakes)("%s: the machine falls back by itself within three starts", async (_, items, why) => {
    tried("falls back at a start");
    const before = await hostSnapshot(to());
    await up(to(), items, []);
    const counted = starts();
    await restart(to(), VM_PATIENCE_MS);
    expect(starts() - counted).toBeLessThanOrEqual(3);
    expect(await say(to(), "cat /etc/steading/fell-back")).toMatch(why);
    expect(await say(to(), `${ON_TRIAL}; systemctl is-active ssh; dpkg --audit`)).toBe("active");
    expect(differences(before, await hostSnapshot(to())).filter((line) => !EXPECTED.test(line))).toEqual([]);
    await up(to(), [], items);
    held("falls back at a start");
  }, VM_PATIENCE_MS * 2);

  test("no modules for the kernel, and a firewall that needs some: whatever the start makes of it, somebody can come in", async () => {
    tried("lock-outs");
    await say(to(), "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qqy ufw && ufw allow ssh");
    const items: readonly Item[] = [
      { kind: "sysctl", name: "modules", want: { key: "kernel.modules_disabled", value: 1 } },
      { kind: "command", name: "ufw", want: { probe: ["sh", "-c", "ufw status | grep -q 'Status: active'"], apply: ["ufw", "--force", "enable"], undo: ["ufw", "--force", "disable"], risk: "connection" } },
    ];
    await up(to(), items, []);
    await restart(to(), VM_PATIENCE_MS);
    const [fell = "", modules = "", status = ""] = (await say(to(), "test -e /etc/steading/fell-back && echo fell || echo stayed; sysctl -n kernel.modules_disabled; ufw status | head -1")).split("\n");
    expect(["fell 0 Status: inactive", "stayed 1 Status: active"]).toContain(`${fell} ${modules} ${status}`);
    held("lock-outs");
    await up(to(), [], items);
    if (modules === "1") await restart(to(), VM_PATIENCE_MS);
    await say(to(), "DEBIAN_FRONTEND=noninteractive apt-get purge -qqy ufw");
  }, VM_PATIENCE_MS * 3);

  test("a kernel argument with which it comes up stays", async () => {
    const items: readonly Item[] = [{ kind: "kernel-argument", name: "loglevel", want: { argument: "loglevel=5" } }];
    await up(to(), items, []);
    expect(await say(to(), "grub-editenv list | grep steading; ls /boot/steading")).toBe("steading_trial=armed\nentry\ngrub.cfg\ninitrd.img\nrelease\nvmlinuz");
    await restart(to(), VM_PATIENCE_MS);
    expect(await say(to(), `${ON_TRIAL}; ls -d /etc/steading 2>/dev/null; grep -ow loglevel=5 /proc/cmdline`)).toBe("loglevel=5");
    expect((await up(to(), items, items)).empty).toBe(true);
    await up(to(), [], items);
    expect(await say(to(), `${ON_TRIAL}; ls -d /etc/steading /var/lib/steading 2>/dev/null`)).toBe("");
  }, VM_PATIENCE_MS * 2);
});
