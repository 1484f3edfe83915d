import { connect } from "#host/connect.ts";
import type { Connection } from "#model/connection.ts";

/**
 * Says all that a machine is, one thing in a line: `path`, `package`, `mark`, `unit-file`, `unit`, `account`, `sysctl` and
 * `nft`, what it is about, and its state. What only runs (processes, times, temporary files) is left out.
 */
const SCRIPT = `
cd /
skip='-path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o -path ./tmp -o -path ./var/tmp -o -path ./var/log -o -path ./var/cache -o -path ./var/lib/apt/lists'
find . \\( $skip \\) -prune -o -printf 'path %p %y %m %U:%G %l\\n'
find . \\( $skip \\) -prune -o -type f -print0 | xargs -0 sha256sum -- | sed -E 's/^(\\\\?)([0-9a-f]{64}) [ *](.*)$/path \\3 sha256:\\2/'
dpkg-query -W -f 'package \${binary:Package} \${db:Status-Status} \${db:Status-Want} \${Version}\\n'
apt-mark showauto | sed 's/.*/mark & auto/'
systemctl list-unit-files --no-legend --no-pager --full | awk '{ print "unit-file", $1, $2 }'
systemctl list-units --all --no-legend --no-pager --full --plain | awk '{ print "unit", $1, $3 }'
for file in passwd group shadow gshadow subuid subgid; do sed "s/^[^:]*/account $file:& /" /etc/$file; done
sysctl -a 2>/dev/null | sed -E 's/^([^ ]+) = /sysctl \\1 /'
nft -s list ruleset 2>&1 | sed 's/^/nft ruleset /'
`;

/** What differs, and why that is as it should be: what Debian's own tools keep, and what changes by itself. */
const EXCEPTIONS: readonly (readonly [RegExp, string])[] = [
];

/** The state of a machine in lines, sorted; what is excepted is left out. */
export async function machineState(to: Connection): Promise<ReadonlySet<string>> {
  const answer = await connect(to).exchange(SCRIPT);
  const lines = answer.stdout.toString().split("\n").filter((line) => line !== "" && !EXCEPTIONS.some(([pattern]) => pattern.test(line)));
  return new Set(lines.sort());
}

/** What a machine lost (`-`) and has more (`+`). */
export const differenceOf = (before: ReadonlySet<string>, after: ReadonlySet<string>): readonly string[] => [
  ...[...before].filter((line) => !after.has(line)).map((line) => `- ${line}`),
  ...[...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
];
