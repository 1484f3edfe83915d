import { kindNamed } from "#host/kinds.ts";
import { pathRisk } from "#model/risk.ts";

const boot = ["/boot", "/boot/grub/grub.cfg", "/efi/loader/loader.conf", "/etc/fstab", "/etc/crypttab", "/etc/default/grub", "/etc/default/grub.d/90-x.cfg", "/etc/initramfs-tools/modules", "/etc/modprobe.d/x.conf", "/etc/modules", "/etc/modules-load.d/x.conf", "/etc/dracut.conf.d/x.conf", "/etc/kernel/postinst.d/x", "/etc/mdadm/mdadm.conf", "/lib/modules/6.1/x.ko"];

const connection = [
  "/", "/etc", "/home", "/var", "/usr", "/usr/local/bin/tool", "/lib", "/lib64/ld-linux-x86-64.so.2", "/bin/sh", "/sbin/init",
  "/etc/ssh", "/etc/ssh/sshd_config.d/x.conf", "/root", "/root/.bashrc", "/home/ada", "/home/ada/.ssh", "/home/ada/.ssh/authorized_keys", "/home/ada/.profile", "/srv/people/ada/.ssh/config",
  "/etc/pam.d/sshd", "/etc/security/limits.conf", "/etc/sudoers", "/etc/sudoers.d/x", "/etc/nologin", "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/shells", "/etc/nsswitch.conf", "/etc/login.defs",
  "/etc/profile", "/etc/profile.d/x.sh", "/etc/environment", "/etc/ld.so.preload", "/etc/ld.so.conf.d/x.conf",
  "/etc/network/interfaces", "/etc/netplan/x.yaml", "/etc/systemd/network/x.network", "/etc/systemd/system/x.service", "/etc/resolv.conf", "/etc/hosts", "/etc/hosts.deny", "/etc/hosts.allow",
  "/etc/nftables.conf", "/etc/nftables.d/x.nft", "/etc/ufw/user.rules", "/etc/iptables/rules.v4", "/etc/sysctl.conf", "/etc/sysctl.d/x.conf", "/etc/default/ssh", "/etc/init.d/x", "/etc/alternatives/editor",
];

const none = ["/etc/motd", "/etc/issue", "/etc/apt/apt.conf.d/x", "/etc/cron.d/x", "/etc/nginx/nginx.conf", "/etc/timezone", "/srv/data", "/srv/etc/ssh", "/opt/app/conf", "/home/ada/notes", "/home/ada/project/.env", "/var/www/index.html", "/var/lib/app", "/etcetera", "/bootstrap", "/rooted", "/usrlocal", "/binary", "/mnt/disk"];

describe("the risk of a path", () => {
  test.each([...boot.map((path) => [path, "boot"]), ...connection.map((path) => [path, "connection"]), ...none.map((path) => [path, "none"])])("of %s is %s", (path, risk) => {
    expect(pathRisk(path)).toBe(risk);
  });
});

/** Items by kind, as far as their risk depends on them, and how they can hurt. */
const items: readonly (readonly [string, object, string])[] = [
  ["apt-source", {}, "none"],
  ["authorized-key", {}, "connection"],
  ["command", {}, "connection"],
  ["command", { risk: "none" }, "none"],
  ["directory", { path: "/etc/ssh" }, "connection"],
  ["directory", { path: "/srv/data" }, "none"],
  ["file", { path: "/etc/fstab" }, "boot"],
  ["file", { path: "/etc/motd" }, "none"],
  ["group", { name: "media" }, "none"],
  ["group", { name: "media", gid: 1500 }, "connection"],
  ["group", { name: "media", state: "absent" }, "connection"],
  ["hostname", {}, "connection"],
  ["kernel-argument", {}, "boot"],
  ["kernel-module", { policy: "block" }, "boot"],
  ["kernel-module", {}, "connection"],
  ["locale-and-timezone", {}, "none"],
  ["mount", {}, "connection"],
  ["nftables-table", {}, "connection"],
  ["package", {}, "connection"],
  ["sshd-setting", {}, "connection"],
  ["sudo-rule", {}, "connection"],
  ["symlink", { path: "/usr/bin/vi" }, "connection"],
  ["symlink", { path: "/srv/now" }, "none"],
  ["sysctl", { key: "net.ipv4.ip_forward", value: 1 }, "connection"],
  ["sysctl", { key: "kernel.modules_disabled", value: 1 }, "boot"],
  ["sysctl", { key: "kernel.modules_disabled", value: 0 }, "connection"],
  ["systemd-service", { unit: "nginx.service" }, "none"],
  ["systemd-service", { unit: "nginx.service", state: "any" }, "none"],
  ["systemd-service", { unit: "nginx.service", state: "stopped" }, "connection"],
  ["systemd-service", { unit: "nginx.service", startup: "masked" }, "connection"],
  ["systemd-service", { unit: "ssh.service" }, "connection"],
  ["systemd-service", { unit: "NetworkManager.service" }, "connection"],
  ["systemd-service", { unit: "rescue.target", state: "any" }, "connection"],
  ["systemd-timer", {}, "none"],
  ["systemd-unit", {}, "connection"],
  ["user", {}, "connection"],
];

describe("the risk of a kind", () => {
  test.each(items)("%s %j is %s", async (name, want, risk) => {
    const kind = await kindNamed(name);
    expect(typeof kind?.risk === "function" ? kind.risk(want) : kind?.risk).toBe(risk);
  });
});
