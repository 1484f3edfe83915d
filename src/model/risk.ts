import type { Risk } from "#model/kind.ts";

/** Paths whose content decides whether the machine starts: they and all below; `*` at the end stands for anything. */
const BOOT: readonly string[] = [
  "/boot", "/efi", "/vmlinuz*", "/initrd*", "/lib/modules", "/usr/lib/modules",
  "/etc/fstab", "/etc/crypttab", "/etc/cryptsetup*", "/etc/mdadm*", "/etc/lvm", "/etc/zfs", "/etc/multipath*", "/etc/iscsi",
  "/etc/default/grub*", "/etc/grub*", "/etc/initramfs-tools", "/etc/dracut*", "/etc/kernel", "/etc/modprobe.d", "/etc/modules*", "/etc/inittab",
];

/** Paths that can close the way in: login, network, packet filter, programs and how they start. */
const CONNECTION: readonly string[] = [
  "/etc/ssh", "/root", "/etc/pam*", "/etc/security", "/etc/sudo*", "/etc/nologin", "/run/nologin", "/etc/securetty", "/etc/sssd", "/etc/krb5*", "/etc/nslcd*",
  "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/shells", "/etc/login.defs", "/etc/nsswitch.conf", "/etc/environment*",
  "/etc/profile*", "/etc/bash*", "/etc/zsh*", "/etc/fish", "/etc/skel",
  "/etc/network*", "/etc/NetworkManager", "/etc/netplan", "/etc/dhcp*", "/etc/wpa_supplicant", "/etc/wireguard", "/etc/openvpn", "/etc/iproute2", "/etc/udev",
  "/etc/hosts*", "/etc/hostname", "/etc/host.conf", "/etc/gai.conf", "/etc/resolv.conf", "/etc/nftables*", "/etc/ufw", "/etc/iptables*", "/etc/firewalld", "/etc/fail2ban",
  "/etc/systemd", "/etc/init*", "/etc/rc*", "/etc/default", "/etc/sysctl*", "/etc/tmpfiles.d", "/etc/dbus-1", "/etc/polkit-1", "/etc/apparmor*", "/etc/selinux",
  "/etc/ld.so*", "/etc/alternatives", "/usr", "/lib*", "/bin", "/sbin", "/dev", "/proc", "/sys", "/run",
];

/** Directories that matter by themselves, by their owner and mode; what is in them does not. */
const PLACES: readonly string[] = ["/", "/etc", "/home", "/var", "/var/lib", "/var/log", "/var/run", "/var/lock", "/tmp", "/var/tmp", "/opt", "/srv", "/mnt", "/media"];

/** Keys of an account, its home, and what its shell reads first: sshd refuses keys that others may write. */
const LOGIN = /\/\.ssh(\/|$)|^\/home\/[^/]+(\/\.[^/]+)?$/;

const isWithin = (path: string) => (place: string): boolean =>
  place.endsWith("*") ? path.startsWith(place.slice(0, -1)) : path === place || path.startsWith(`${place}/`);

/**
 * How a change of what is at an absolute path can hurt. Errs to the safe side: a wrong "connection" costs one handshake, a
 * wrong "none" costs the way in.
 */
export const pathRisk = (path: string): Risk => {
  if (BOOT.some(isWithin(path))) return "boot";
  return LOGIN.test(path) || PLACES.includes(path) || CONNECTION.some(isWithin(path)) ? "connection" : "none";
};
