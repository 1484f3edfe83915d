/** One thing that somebody does to the machine by hand, and the item that puts it right. */
export interface Tampering {
  /** What happens, for the person who watches. */
  readonly told: string;
  /** A line for the machine's shell. */
  readonly line: string;
  /** `<kind> <name>` of the item. */
  readonly item: string;
  /** Needs a running system. */
  readonly booted: boolean;
}

/** What `npm start` does to the lab machine behind Steading's back: three things that the desktop profile decides on. */
export const tamperings: readonly Tampering[] = [
  {
    told: "somebody turns automatic updates off",
    line: `echo 'APT::Periodic::Unattended-Upgrade "0";' >> /etc/apt/apt.conf.d/20auto-upgrades`,
    item: "file automatic-updates",
    booted: false,
  },
  { told: "somebody takes the firewall down", line: "nft delete table inet steading", item: "nftables-table firewall", booted: true },
  {
    told: "a kernel parameter is changed",
    line: "echo 1 > /proc/sys/net/ipv4/conf/all/accept_redirects",
    item: "sysctl net.ipv4.conf.all.accept_redirects",
    booted: true,
  },
];
