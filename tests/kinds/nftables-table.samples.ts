import type { NftablesTableProps } from "#kinds/nftables-table.ts";
import type { Sample } from "../support/kind-laws.ts";

/** Tables that the laws are tried with. Each lets the connection live that the laws come by. */
export const samples: readonly Sample<NftablesTableProps>[] = [
  {
    name: "a firewall",
    want: {
      name: "steading_laws",
      chains: {
        services: { rules: [{ protocol: "tcp", ports: [22] }, { protocol: "udp", ports: [51820, "60000-61000"], from: ["10.0.0.0/8", "fd00::/8", "192.168.1.7"] }] },
        input: {
          hook: "input",
          policy: "drop",
          rules: ["ct state {established,related} accept", "ct state invalid drop", "iif lo accept", "meta l4proto { icmp, icmpv6 } accept", "jump services", "counter comment \"the rest\""],
        },
      },
    },
    boots: true,
    on: ["machine"],
    packages: ["nftables"],
    tampers: [
      { name: "the whole ruleset is flushed", run: [["nft", "flush", "ruleset"]] },
      { name: "a rule is taken away", run: [["nft", "flush chain inet steading_laws services; add rule inet steading_laws services tcp dport 22 accept"]] },
      { name: "a rule is added", run: [["nft", "insert rule inet steading_laws input tcp dport 4444 accept"]] },
      { name: "the policy is altered", run: [["nft", "add chain inet steading_laws input { policy accept; }"]] },
      { name: "somebody edits the file", run: [["sh", "-c", "echo '# x' >>/etc/nftables.d/inet-steading_laws.nft"]] },
    ],
    survives: [
      { name: "nftables.service loads Debian's own rules", run: [["systemctl", "restart", "nftables.service"]] },
      { name: "nftables.service reloads them", run: [["systemctl", "reload", "nftables.service"]] },
    ],
    starts: [
      {
        name: "has a table of that name with other rules",
        arrange: [["nft", "add table inet steading_laws; add chain inet steading_laws old; add rule inet steading_laws old tcp dport 99 accept"]],
        tidy: [["nft", "delete table inet steading_laws"]],
      },
    ],
  },
  {
    name: "address translation",
    want: { family: "ip", name: "steading_nat", chains: { postrouting: { hook: "postrouting", type: "nat", priority: "srcnat", rules: ['ip saddr 10.99.0.0/24 oifname "eth*" masquerade'] } } },
    boots: true,
    on: ["machine"],
    packages: ["nftables"],
  },
];
