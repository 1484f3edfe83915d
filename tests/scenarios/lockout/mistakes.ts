import type { SshConnection } from "#model/connection.ts";
import type { Item } from "#model/kind.ts";

/** What a mistake may use of the machine that it is tried on. */
export interface Place {
  /** How the machine is reached: the key is in root's authorized_keys and in admin's, and is pinned. */
  readonly to: SshConnection;
  /** Our own address, as the machine sees it. */
  readonly us: string;
  /** The network device of the machine. */
  readonly device: string;
  /** Its address with prefix length. */
  readonly address: string;
  /** The public key that lets us in. */
  readonly publicKey: string;
  /** A host key pair that the machine does not have. */
  readonly otherHostKey: { readonly secret: string; readonly open: string };
}

/** A change that locks its author out. */
export interface Mistake {
  readonly name: string;
  /** Where it was made, or what it is like. */
  readonly source: string;
  readonly items: (place: Place) => readonly Item[];
  /** What differs about the connection that the new state declares. */
  readonly declares?: Partial<SshConnection>;
  /** Commands that make the machine ready for the mistake. */
  readonly arrange?: (place: Place) => readonly string[];
  /** Commands that clear away what `arrange` did. */
  readonly tidy?: readonly string[];
  /** Logs in as admin; `asked`: who has to give a password for sudo. */
  readonly asAdmin?: "trusted" | "asked";
  /** `stopped`: something refuses it before, or while it is made, and no timer is needed. */
  readonly ends: "timer" | "stopped";
  /** Debian packages that must be there before; such a mistake takes long, and is made in the soak only. */
  readonly packages?: readonly string[];
}

const setting = (name: string, value: string): Item => ({ kind: "sshd-setting", name, want: { setting: name, value } });
const file = (path: string, content: string, more: object = {}): Item => ({ kind: "file", name: path, want: { path, content, ...more } });
const reloadOn = (path: string): Item => ({ kind: "systemd-service", name: "ssh", want: { unit: "ssh.service", reloadOn: [path] } });
const restartOn = (unit: string, paths: readonly string[]): Item => ({ kind: "systemd-service", name: unit, want: { unit, restartOn: paths } });
const dropIn = (content: string): readonly Item[] => [file("/etc/ssh/sshd_config.d/99-mistake.conf", content), reloadOn("/etc/ssh/sshd_config.d/99-mistake.conf")];
const filter = (rules: readonly string[]): Item => ({
  kind: "nftables-table",
  name: "mistake",
  want: { name: "mistake", chains: { input: { hook: "input", policy: "drop", rules } } },
});
/** A change by commands: `test` says whether it is made. */
const commands = (name: string, test: string, apply: string, undo: string, more: object = {}): Item => ({
  kind: "command",
  name,
  want: { probe: ["sh", "-c", test], apply: ["sh", "-c", apply], undo: ["sh", "-c", undo], running: true, risk: "connection", ...more },
});
const network = (place: Place, lines: readonly string[]): string => ["[Match]", `Name=${place.device}`, "", "[Network]", ...lines, ""].join("\n");
const NETWORK = "/etc/systemd/network/10-mistake.network";
const own = (place: Place): readonly string[] => [`Address=${place.address}`, "LinkLocalAddressing=no", "IPv6AcceptRA=no"];
/** Puts systemd-networkd in charge of the machine's address. */
const byNetworkd = (place: Place): readonly string[] => ["ip route show default >/run/lab-route", `cat >${NETWORK} <<'END'\n${network(place, own(place))}END`, "systemctl -q enable systemd-networkd", `ip address flush dev ${place.device}; systemctl restart systemd-networkd`];
const withoutNetworkd = ["systemctl -q disable --now systemd-networkd.socket systemd-networkd", `rm ${NETWORK}`, "ip route replace $(cat /run/lab-route)"];
/** Drops the address that is there, as a switch to new settings does. */
const flush = ({ device }: Place): Item => commands("flush", "test -e /run/flushed", `touch /run/flushed; ip address flush dev ${device}`, "rm -f /run/flushed", { needs: [`path:${NETWORK}`] });
const PAM = "@include common-account\n";

/** The 24 that were collected from others' reports, save those that need a kernel of their own or a full disk; then our own. */
export const mistakes: readonly Mistake[] = [
  { name: "root's login is forbidden while root is logged in", source: "1", items: () => [setting("PermitRootLogin", "no")], ends: "timer" },
  {
    name: "passwords are forbidden and no key is left",
    source: "2",
    items: ({ publicKey }) => [setting("PasswordAuthentication", "no"), { kind: "authorized-key", name: "ours", want: { user: "root", key: publicKey, state: "absent" } }],
    ends: "timer",
  },
  { name: "keys are looked for in the wrong file", source: "3", items: () => [setting("AuthorizedKeysFile", "/etc/nowhere/%u")], ends: "timer" },
  {
    name: "the new port is not open",
    source: "4",
    items: () => [setting("Port", "2222"), filter(["ct state established,related accept", 'iifname "lo" accept', "tcp dport 22 accept"])],
    declares: { port: 2222, formerly: { port: 22 } },
    ends: "timer",
  },
  {
    name: "the new port is somebody else's",
    source: "5",
    arrange: () => ["systemd-run --quiet --unit=squatter systemd-socket-activate --accept --listen=2222 cat"],
    tidy: ["systemctl stop squatter.service"],
    items: () => [setting("Port", "2222")],
    declares: { port: 2222, formerly: { port: 22 } },
    ends: "stopped",
  },
  { name: "only others may log in", source: "6", items: () => [setting("AllowUsers", "somebody")], ends: "timer" },
  { name: "a Match block fits us", source: "7", items: () => dropIn("Match User root\n  PubkeyAuthentication no\n"), ends: "timer" },
  { name: "a list of ciphers is taken letter by letter", source: "8", items: () => [setting("Ciphers", "c,h,a,c,h,a")], ends: "stopped" },
  { name: "only ciphers that our client lacks", source: "9", items: () => [setting("Ciphers", "3des-cbc")], ends: "timer" },
  {
    name: "the host key is made anew",
    source: "10",
    items: ({ otherHostKey }) => [
      file("/etc/ssh/ssh_host_ed25519_key", otherHostKey.secret, { mode: "0600" }),
      file("/etc/ssh/ssh_host_ed25519_key.pub", otherHostKey.open),
      restartOn("ssh.service", ["/etc/ssh/ssh_host_ed25519_key"]),
    ],
    ends: "timer",
  },
  { name: "sshd cannot read its configuration", source: "11", items: () => dropIn("NoSuchKeyword yes\n"), ends: "stopped" },
  { name: "the packet filter drops everything", source: "13", items: () => [filter(['iifname "lo" accept'])], ends: "timer" },
  { name: "what is established goes on, and nothing new comes in", source: "15", items: () => [filter(["ct state established,related accept", 'iifname "lo" accept'])], ends: "timer" },
  {
    name: "the address is wrong",
    source: "16",
    arrange: byNetworkd,
    tidy: withoutNetworkd,
    items: (place) => [file(NETWORK, network(place, ["Address=10.99.99.2/24", "Gateway=10.99.99.1"])), restartOn("systemd-networkd.service", [NETWORK]), flush(place)],
    ends: "timer",
  },
  {
    name: "the device moves into a bridge",
    source: "17",
    items: (place) => [
      file("/etc/systemd/network/10-bridge.netdev", "[NetDev]\nName=br0\nKind=bridge\n"),
      file(NETWORK, network(place, ["Bridge=br0"])),
      restartOn("systemd-networkd.service", [NETWORK]),
    ],
    ends: "timer",
  },
  {
    name: "networkd may not read its own file",
    source: "18",
    arrange: byNetworkd,
    tidy: withoutNetworkd,
    items: (place) => [file(NETWORK, `${network(place, own(place))}# altered\n`, { mode: "0600" }), restartOn("systemd-networkd.service", [NETWORK]), flush(place)],
    ends: "timer",
  },
  { name: "PAM always says no", source: "19", items: () => [file("/etc/pam.d/sshd", `account required pam_deny.so\n${PAM}`)], ends: "timer" },
  {
    name: "our account is locked after failures",
    source: "20",
    asAdmin: "asked",
    items: () => [
      file("/etc/pam.d/sudo", `auth required pam_faillock.so preauth deny=1 unlock_time=0\n@include common-auth\n@include common-account\n`),
      commands("failure", "test -s /run/faillock/admin", `mkdir -p /run/faillock && printf 'TTY%049d\\0\\0\\001\\0' 0 > /run/faillock/admin && now=$(date +%s) && for shift in 0 8 16 24 32 40 48 56; do printf "\\\\$(printf %o $((now >> shift & 255)))"; done >> /run/faillock/admin && chown admin /run/faillock/admin && chmod 0600 /run/faillock/admin`, "rm -rf /run/faillock"),
    ],
    ends: "timer",
  },
  { name: "sudo asks for what we do not have", source: "21", asAdmin: "trusted", items: () => [file("/etc/sudoers.d/zz-mistake", "admin ALL=(ALL:ALL) PASSWD: ALL\n", { mode: "0440" })], ends: "timer" },
  { name: "our shell is gone", source: "22", asAdmin: "trusted", items: () => [{ kind: "user", name: "admin", want: { name: "admin", shell: "/usr/sbin/nologin" } }], ends: "timer" },
  {
    name: "the firewall is on before ssh is allowed",
    source: "12",
    packages: ["ufw"],
    // It writes its rules in its own way when it is first enabled.
    arrange: () => ["ufw --force enable; ufw --force disable"],
    items: () => [commands("ufw", "ufw status | grep -q 'Status: active'", "ufw --force enable", "ufw --force disable")],
    ends: "timer",
  },
  {
    name: "we are banned",
    source: "23",
    packages: ["fail2ban", "python3-systemd"],
    // What went wrong before is in the journal, and would have us banned at once.
    arrange: () => ["printf '[sshd]\\nbackend = systemd\\nmaxretry = 1000\\n' > /etc/fail2ban/jail.d/lab.local", "systemctl restart fail2ban", "for _ in $(seq 100); do fail2ban-client ping >/dev/null 2>&1 && break; sleep 0.2; done; fail2ban-client ping"],
    tidy: ["systemctl -q stop fail2ban"],
    items: ({ us }) => [commands("ban", `fail2ban-client get sshd banip | grep -q ${us}`, `fail2ban-client set sshd banip ${us}`, `fail2ban-client set sshd unbanip ${us}`)],
    ends: "timer",
  },
  { name: "sshd is stopped", source: "own", items: () => [{ kind: "systemd-service", name: "ssh", want: { unit: "ssh.service", startup: "disabled", state: "stopped" } }], ends: "timer" },
  { name: "sshd is masked and stopped", source: "own", items: () => [{ kind: "systemd-service", name: "ssh", want: { unit: "ssh.service", startup: "masked", state: "stopped" } }], ends: "timer" },
  { name: "sshd listens on loopback only", source: "own", items: () => [setting("ListenAddress", "127.0.0.1")], ends: "timer" },
  { name: "root's home is open to all, so sshd trusts no key in it", source: "own", items: () => [{ kind: "directory", name: "root", want: { path: "/root", mode: "0777" } }], ends: "timer" },
  { name: "passwords are asked for besides keys", source: "own", items: () => [setting("AuthenticationMethods", "publickey,password")], ends: "timer" },
  { name: "TCP wrappers deny everybody", source: "own", items: () => [file("/etc/hosts.deny", "sshd: ALL\n")], ends: "timer" },
  { name: "a route leads our answers nowhere", source: "own", items: ({ us }) => [commands("hole", `ip route show ${us}/32 | grep -q blackhole`, `ip route add blackhole ${us}/32`, "true")], ends: "timer" },
  { name: "the device goes down", source: "own", items: ({ device }) => [commands("down", `! ip link show ${device} up | grep -q .`, `ip link set ${device} down`, "true")], ends: "timer" },
  { name: "the ssh server is removed", source: "own", packages: [], arrange: () => ["ssh-keygen -A"], items: () => [{ kind: "package", name: "no ssh", want: { package: "openssh-server", state: "absent" } }], ends: "timer" },
];
