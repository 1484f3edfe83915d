import { commands, commandSubject } from "#facts/commands.ts";
import { files, linkChange, textChange } from "#facts/files.ts";
import { NFTABLES_FOLDER, nftablesFile, nftablesTables } from "#facts/nftables-tables.ts";
import type { NftablesTableState } from "#facts/nftables-tables.ts";
import { change } from "#model/change.ts";
import type { Change } from "#model/change.ts";
import { defineKind, pathSubject } from "#model/kind.ts";
import { either, integer, list, mapping, object, oneOf, optional, propsOf, text } from "#model/schema.ts";
import { makeDirectory, makeSymlink, remove, restore, run, writeFile } from "#model/step.ts";

/** Desired table of the packet filter, as written in a stack. */
export interface NftablesTableProps {
  /** @defaultValue `inet`, which is IPv4 and IPv6 */
  family?: "inet" | "ip" | "ip6" | "arp" | "bridge" | "netdev";
  name: string;
  /** Chains by name, in this order. */
  chains: { readonly [name: string]: NftablesChain };
}

/** A chain; with `hook` the kernel runs it, without it other chains jump to it. */
export interface NftablesChain {
  hook?: "prerouting" | "input" | "forward" | "output" | "postrouting" | "ingress";
  /** @defaultValue `filter` */
  type?: "filter" | "nat" | "route";
  /** A number, or a name such as `filter` or `srcnat + 10`. @defaultValue `filter` */
  priority?: string;
  /** What happens to a packet that no rule decides on. @defaultValue `accept` */
  policy?: "accept" | "drop";
  /** The device of an `ingress` hook. */
  device?: string;
  /** Rules in the words of nft(8), or typed. */
  rules: readonly (string | NftablesRule)[];
}

/** A rule about ports. */
export interface NftablesRule {
  protocol: "tcp" | "udp";
  /** Port numbers, or ranges as `5000-5010`. */
  ports: readonly (number | string)[];
  /** Addresses or networks that it is about, IPv4 and IPv6 mixed. @defaultValue everybody */
  from?: readonly string[];
  /** @defaultValue `accept` */
  verdict?: "accept" | "drop" | "reject";
}

const word = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const rule = propsOf<NftablesRule>()({
  protocol: oneOf("tcp", "udp"),
  ports: list(either(integer(1, 65535), text(/^[0-9]{1,5}-[0-9]{1,5}$/)), 1),
  from: optional(list(text(/^[0-9a-fA-F.:]+(\/[0-9]{1,3})?$/), 1)),
  verdict: optional(oneOf("accept", "drop", "reject")),
});
const chain = propsOf<NftablesChain>()({
  hook: optional(oneOf("prerouting", "input", "forward", "output", "postrouting", "ingress")),
  type: optional(oneOf("filter", "nat", "route")),
  priority: optional(text(/^(-?[0-9]+|[a-z]+( [+-] [0-9]+)?)$/, "a number, or a name such as filter")),
  policy: optional(oneOf("accept", "drop")),
  device: optional(text(/^[A-Za-z0-9_.-]{1,15}$/)),
  rules: list(either(text(/^[^\p{Cc}]+$/u), object(rule))),
});
const props = propsOf<NftablesTableProps>()({
  family: optional(oneOf("inet", "ip", "ip6", "arp", "bridge", "netdev")),
  name: text(word, "letters, digits and _"),
  chains: mapping(word, object(chain)),
});

const family = (want: NftablesTableProps): string => want.family ?? "inet";
const table = (want: NftablesTableProps): string => `${family(want)} ${want.name}`;
const filePath = (want: NftablesTableProps): string => nftablesFile(table(want));
const unit = (want: NftablesTableProps): string => `nftables-${family(want)}-${want.name}.service`;
const unitPath = (want: NftablesTableProps): string => `/etc/systemd/system/${unit(want)}`;
const WANTS = "/etc/systemd/system/sysinit.target.wants";
const linkPath = (want: NftablesTableProps): string => `${WANTS}/${unit(want)}`;

/** A typed rule in the words of nft(8): one line for each family of its sources. */
function ruleLines(rule: string | NftablesRule): readonly string[] {
  if (typeof rule === "string") return [rule];
  const set = (members: readonly (number | string)[]) => (members.length === 1 ? String(members[0]) : `{ ${members.join(", ")} }`);
  const what = `${rule.protocol} dport ${set(rule.ports)} ${rule.verdict ?? "accept"}`;
  if (!rule.from) return [what];
  const isSix = (address: string) => address.includes(":");
  const four = rule.from.filter((address) => !isSix(address));
  const six = rule.from.filter(isSix);
  return [...(four.length > 0 ? [`ip saddr ${set(four)} ${what}`] : []), ...(six.length > 0 ? [`ip6 saddr ${set(six)} ${what}`] : [])];
}

function chainText(name: string, chain: NftablesChain): string {
  const device = chain.device === undefined ? "" : ` device "${chain.device}"`;
  const head = chain.hook === undefined ? [] : [`type ${chain.type ?? "filter"} hook ${chain.hook}${device} priority ${chain.priority ?? "filter"}; policy ${chain.policy ?? "accept"};`];
  return [`\tchain ${name} {`, ...[...head, ...chain.rules.flatMap(ruleLines)].map((line) => `\t\t${line}`), "\t}"].join("\n");
}

/** Declared before it is deleted, so that the deletion never fails; all in one transaction of the kernel. */
const removal = (want: NftablesTableProps): string => `table ${table(want)}\ndelete table ${table(want)}\n`;

const fileText = (want: NftablesTableProps): string =>
  `#!/usr/sbin/nft -f\n${removal(want)}table ${table(want)} {\n${Object.entries(want.chains).map(([name, chain]) => chainText(name, chain)).join("\n\n")}\n}\n`;

/** After Debian's own nftables.service, and again whenever that one is restarted, as it flushes everything. */
const unitText = (want: NftablesTableProps): string => `[Unit]
Description=Packet filter table ${table(want)}
Documentation=man:nft(8)
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
After=nftables.service
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service
Conflicts=shutdown.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f ${filePath(want)}
ExecReload=/usr/sbin/nft -f ${filePath(want)}

[Install]
WantedBy=sysinit.target
`;

/** Whether the kernel has what the file means. */
function runningChange(state: NftablesTableState): readonly Change[] {
  if (state.running !== undefined && state.declared === undefined)
    return [{ field: "running", cannotTell: "nft cannot load the table by itself; name devices with iifname and oifname" }];
  return change("running", state.running, state.declared);
}

/**
 * A whole table of the packet filter: its file, a unit that loads it at boot, and the kernel's tables now. nft checks the
 * file before it is put in place, and replaces the table in one transaction of the kernel; other tables are left alone. A rule
 * that someone added, altered or flushed is a difference.
 *
 * @example Only ssh comes in
 * ```ts
 * nftablesTable("firewall", {
 *   name: "firewall",
 *   chains: {
 *     input: {
 *       hook: "input",
 *       policy: "drop",
 *       rules: ["ct state established,related accept", 'iifname "lo" accept', "meta l4proto { icmp, icmpv6 } accept", { protocol: "tcp", ports: [22] }],
 *     },
 *   },
 * });
 * ```
 */
export const nftablesTable = defineKind({
  kind: "nftables-table",
  props,
  owns: (want) => [`nft:${table(want)}`, `unit:${unit(want)}`, ...[filePath(want), unitPath(want)].map(pathSubject)],
  needs: () => ["package:nftables", pathSubject(NFTABLES_FOLDER)],
  risk: "connection",
  reads: (want) => ({
    file: files(filePath(want)),
    folder: files(NFTABLES_FOLDER),
    unit: files(unitPath(want)),
    wants: files(WANTS),
    link: files(linkPath(want)),
    table: nftablesTables(table(want)),
  }),
  diff(want, have) {
    const file = textChange("file", have.file, fileText(want));
    return [
      ...file,
      ...textChange("unit", have.unit, unitText(want)),
      ...linkChange("enabled", have.link, unitPath(want)),
      ...(file.length > 0 || have.table === undefined ? [] : runningChange(have.table)),
    ];
  },
  apply: (want, have) => [
    ...[...(have.folder.type === "absent" ? [NFTABLES_FOLDER] : []), ...(have.wants.type === "absent" ? [WANTS] : [])].map((path) => makeDirectory(path)),
    writeFile(filePath(want), fileText(want), { prove: ["nft", "-c", "-f", "{}"] }),
    writeFile(unitPath(want), unitText(want)),
    makeSymlink(linkPath(want), unitPath(want)),
    run(["systemctl", "daemon-reload"], { running: true }),
    run(["systemctl", "restart", unit(want)], { running: true }),
  ],
  undo: (want, before) => [
    ...(before.unit.type === "absent" ? [run(["systemctl", "stop", unit(want)], { running: true, exitCodes: [0, 5] })] : []),
    // 127: nft is not there yet, and no table then.
    run(["nft", "-f", "-"], { stdin: `${removal(want)}${before.table?.running ?? ""}\n`, running: true, exitCodes: [0, 127] }),
    ...[linkPath(want), unitPath(want), filePath(want)].map(restore),
    run(["systemctl", "daemon-reload"], { running: true }),
    ...[...(before.folder.type === "absent" ? [NFTABLES_FOLDER] : []), ...(before.wants.type === "absent" ? [WANTS] : [])].map(remove),
  ],
  // A table that another file makes would be made twice: that file is a `file`.
  survey: {
    reads: { tables: commands(commandSubject(["nft", "list", "tables"], { output: true, running: true })) },
    items: ({ tables }) =>
      (tables?.stdout ?? "").split("\n").flatMap((line) => {
        const [, of, name] = /^table (\S+) (\S+)$/.exec(line) ?? [];
        if (of === undefined || name === undefined) return [];
        return [{ name: `${of} ${name}`, why: "whoever loads it decides on it; /etc/nftables.conf, if it is there, is a file", subject: `nft:${of} ${name}` }];
      }),
  },
});
