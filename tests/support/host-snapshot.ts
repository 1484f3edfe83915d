import { connect } from "#host/connect.ts";
import type { Connection } from "#model/connection.ts";

/** What a host is made of and what runs on it, by aspect; lines in order. */
export type HostSnapshot = Readonly<Record<string, readonly string[]>>;

/** Kept by Debian's own tools as they go: locks, copies of the account files before their last change, sudo's note of its first use. */
const KEPT_BY_TOOLS = /^(\/home\/[^/]+\/\.sudo_as_admin_successful|\/etc\/(\.pwd\.lock|(passwd|group|shadow|gshadow|subuid|subgid)-|ld\.so\.cache)) /;

/** Kernel parameters that count, or that the kernel sets by itself. */
const COUNTERS = /^(fs\.(dentry-state|file-nr|inode-nr|inode-state|aio-nr|quota\.|epoll)|kernel\.(random|ns_last_pid|pty\.nr|perf|sched|tainted|keys|threads|cap_last)|net\.netfilter\.nf_conntrack_(count|max|buckets)|vm\.(stat|user_reserve|admin_reserve|min_free)|net\.ipv4\.inet_peer_threshold|net\.ipv[46]\.(conf|neigh)\.(br0|ifb|dummy|bond)|dev\.cdrom)/;

/** Units that come and go with logins, timers and transactions. */
const PASSING = /^(session-|user@|user-|run-|steading-(keeper|trial)|systemd-tmpfiles|apt-daily|dpkg-db|e2scrub|fstrim|logrotate|man-db|systemd-(hostnamed|timedated|localed|logind-|journal-catalog|machine-id)|proc-sys-fs-binfmt|dev-|sys-|tmp-|modprobe@|init\.scope|-\.)/;

const aspects: Readonly<Record<string, { readonly script: string; readonly skip?: RegExp }>> = {
  files: {
    script: `find /etc /root /home /usr/local /opt /srv /boot -xdev \\( -type f -o -type l -o -type d \\) -exec stat -c '%n %a %u:%g %F' {} + | grep -v ' /root/.ssh/' ; find /etc /root /home /usr/local /opt /srv -xdev -type f -exec sha256sum {} + | awk '{ print $2, $1 }'; find /etc /root /home -xdev -type l -exec stat -c '%n %N' {} +`,
    skip: KEPT_BY_TOOLS,
  },
  sshd: { script: "mkdir -p /run/sshd; sshd -T" },
  filter: { script: "nft -s list ruleset; iptables-save 2>/dev/null | grep -v -e '^#' -e '^:'" },
  addresses: { script: "ip -o address show | sed 's/ valid_lft.*//'" },
  routes: { script: "ip route show table all; ip -6 route show table all | sed 's/ expires [^ ]*//'" },
  links: { script: "ip -o link show | sed 's/ mtu.*//; s/^[0-9]*: //'" },
  startup: { script: "systemctl list-unit-files --no-legend --no-pager | awk '{ print $1, $2 }'", skip: PASSING },
  units: { script: "systemctl list-units --all --plain --no-legend --no-pager --type=service,socket,mount,timer | awk '$3 != \"inactive\" { print $1, $3 }'", skip: PASSING },
  sysctls: { script: "sysctl -a 2>/dev/null", skip: COUNTERS },
  accounts: { script: "getent passwd; getent group; cat /etc/shadow" },
  packages: { script: "dpkg-query -W -f '${Package} ${Architecture} ${Version} ${db:Status-Abbrev}\\n'; apt-mark showauto | sed 's/^/auto /'" },
};

/** A new address is tentative for a second or two before the kernel calls it the host's own. */
const SETTLE = "tries=0; while ip -6 address show tentative 2>/dev/null | grep -q . && test $tries -lt 50; do tries=$((tries + 1)); sleep 0.1; done";

/** Looks at a host over a connection of its own, so that a snapshot also says that one can log in. */
export async function hostSnapshot(to: Connection): Promise<HostSnapshot> {
  const names = Object.keys(aspects);
  const border = "----8<----";
  const answer = await connect(to).fresh(`${SETTLE}\n` + names.map((name) => `{ ${aspects[name]?.script ?? ""}\n} 2>/dev/null | sort\necho '${border}'`).join("\n"));
  const parts = answer.stdout.toString().split(`${border}\n`);
  return Object.fromEntries(names.map((name, index) => [name, (parts[index] ?? "").split("\n").filter((line) => line !== "" && aspects[name]?.skip?.test(line) !== true)]));
}

/** What one snapshot has and the other has not, as `aspect + line` and `aspect - line`. */
export function differences(before: HostSnapshot, after: HostSnapshot): readonly string[] {
  return Object.keys(before).flatMap((aspect) => {
    const [was, is] = [new Set(before[aspect]), new Set(after[aspect])];
    return [...[...was].filter((line) => !is.has(line)).map((line) => `${aspect} - ${line}`), ...[...is].filter((line) => !was.has(line)).map((line) => `${aspect} + ${line}`)];
  });
}
