import type { HostnameProps } from "#kinds/hostname.ts";
import type { Sample } from "../support/kind-laws.ts";

/** Names that the laws are tried with. */
export const samples: readonly Sample<HostnameProps>[] = [
  {
    name: "a name with a domain",
    want: { hostname: "steading-laws", domain: "home.arpa" },
    boots: true,
    on: ["tree", "machine"],
    tampers: [
      { name: "somebody edits /etc/hosts", run: [["sh", "-c", "echo 127.0.1.1 other >/etc/hosts"]] },
      { name: "somebody edits /etc/hostname", run: [["sh", "-c", "echo other >/etc/hostname"]] },
    ],
    starts: [
      {
        name: "has no hosts file",
        arrange: [["sh", "-c", "if test -e /etc/hosts; then mv /etc/hosts /root/hosts.kept; fi"]],
        tidy: [["sh", "-c", "if test -e /root/hosts.kept; then mv /root/hosts.kept /etc/hosts; fi"]],
      },
      {
        name: "has the name in /etc/hostname only",
        arrange: [["sh", "-c", "if test -e /etc/hostname; then mv /etc/hostname /root/hostname.kept; fi; echo steading-laws >/etc/hostname"]],
        tidy: [["sh", "-c", "rm /etc/hostname; if test -e /root/hostname.kept; then mv /root/hostname.kept /etc/hostname; fi"]],
      },
    ],
  },
  { name: "a name alone", want: { hostname: "laws2" }, tampers: [{ name: "it is renamed now", run: [["hostname", "other"]] }], on: ["machine"] },
];
