import { connect } from "#host/connect.ts";
import type { Connection } from "#model/connection.ts";
import { quoteAll } from "#model/quote.ts";

/**
 * Says all that a machine is, one thing in a line: `path`, `package`, `mark`, `unit-file`, `unit`, `account`, `sysctl` and
 * `nft`, what it is about, and its state. What only runs (processes, times, temporary files) is left out; `"$@"` are the
 * folders that are looked at.
 */
const SCRIPT = `
state() {
  cd /
  skip='-path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o -path ./tmp -o -path ./var/tmp -o -path ./var/log -o -path ./var/cache -o -path ./var/lib/apt/lists'
  find "$@" \\( $skip \\) -prune -o -printf 'path %p %y %m %U:%G %l\\n'
  find "$@" \\( $skip \\) -prune -o -type f -print0 | xargs -0 -r sha256sum -- | sed -E 's/^(\\\\?)([0-9a-f]{64}) [ *](.*)$/path \\3 sha256:\\2/'
  dpkg-query -W -f 'package \${binary:Package} \${db:Status-Status} \${db:Status-Want} \${Version}\\n' | grep -v ' not-installed '
  apt-mark showauto | sed 's/.*/mark & auto/'
  systemctl list-unit-files --no-legend --no-pager --full | awk '{ print "unit-file", $1, $2 }'
  systemctl list-units --all --no-legend --no-pager --full --plain | awk '$3 != "inactive" { print "unit", $1, $3 }'
  for file in passwd group shadow gshadow subuid subgid; do sed "s/^[^:]*/account $file:& /" /etc/$file; done
  sysctl -a 2>/dev/null | sed -E 's/^([^ ]+) = /sysctl \\1 /'
  nft -s list ruleset 2>&1 | sed 's/^/nft ruleset /'
}
`;

/** What may differ, and why. */
const EXCEPTIONS: readonly (readonly [RegExp, string])[] = [
  [/^path \.\/etc\/(passwd|group|shadow|gshadow|subuid|subgid)- /, "shadow's tools keep each file as it was before their last change"],
  [/^path \.\/var\/lib\/dpkg\/(status-old|diversions-old|statoverride-old) /, "dpkg keeps each file as it was before its last change"],
  [/^path \.\/var\/lib\/ucf\/(registry|hashfile)\.\d /, "ucf keeps the last versions of its lists"],
  [/^path \.\/var\/lib\/ucf\/registry /, "unattended-upgrades leaves its name in ucf's list when it is purged"],
  [/^path \.\/etc\/ld\.so\.cache /, "ldconfig makes it anew from what is installed, with other times in it"],
  [/^path \.\/var\/lib\/(systemd\/(timesync|random-seed|timers\/stamp-(apt|dpkg|fstrim|e2scrub|systemd)[^ ]*)|dbus)/, "written by the distribution's own services while they run"],
  [/^unit (network-pre|time-set|time-sync|nss-user-lookup)\.target /, "a point in time of the boot, which was reached; nothing runs in it"],
  [/^unit(-file)? steading-(keeper|trial)[^ ]* /, "who watches over a transaction ends a moment after it"],
  [/^unit [^ ]*\.(device|scope|slice) /, "the kernel's devices and people's sessions come and go"],
  [/^unit (user@|user-runtime-dir@|session-|run-user-)/, "people's sessions come and go"],
  [/^unit (apt-daily|apt-daily-upgrade|dpkg-db-backup|systemd-tmpfiles-clean|e2scrub_all|fstrim|man-db|systemd-hostnamed|systemd-timedated|systemd-localed)\.service /, "started by a timer or on demand, and ends by itself"],
  [/^sysctl (fs\.(dentry-state|file-nr|inode-nr|inode-state|quota\.|aio-nr)|kernel\.(ns_last_pid|pty\.nr|random\.|sched_domain)|net\.netfilter\.nf_conntrack_(count|max|buckets))/, "a counter of the running kernel"],
];

/** The state of a machine in lines; what is excepted is left out. */
export async function machineState(to: Connection, folders: readonly string[] = ["."]): Promise<ReadonlySet<string>> {
  const answer = await connect(to).exchange(`${SCRIPT}\nstate ${quoteAll(folders)}`);
  const lines = answer.stdout.toString().split("\n").filter((line) => line !== "" && !EXCEPTIONS.some(([pattern]) => pattern.test(line)));
  return new Set(lines.sort());
}

/** What a machine lost (`-`) and has more (`+`). */
export const differenceOf = (before: ReadonlySet<string>, after: ReadonlySet<string>): readonly string[] => [
  ...[...before].filter((line) => !after.has(line)).map((line) => `- ${line}`),
  ...[...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
];
