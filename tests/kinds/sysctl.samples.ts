import type { SysctlProps } from "#kinds/sysctl.ts";
import type { Sample } from "../support/kind-laws.ts";

const file = "/etc/sysctl.d/90-steading-net.ipv4.ip_default_ttl.conf";
const running = "/proc/sys/net/ipv4/ip_default_ttl";

/** Parameters that the laws are tried with: those of the network, as a container has its own, and one of the kernel for a virtual machine. */
export const samples: readonly Sample<SysctlProps>[] = [
  {
    name: "a number",
    want: { key: "net.ipv4.ip_default_ttl", value: 63 },
    boots: true,
    on: ["machine"],
    tampers: [
      { name: "the running value is set", run: [["sh", "-c", `echo 99 >${running}`]] },
      { name: "the file is gone", run: [["rm", file]] },
    ],
    survives: [{ name: "all parameters are set as at boot", run: [["systemctl", "restart", "systemd-sysctl.service"]] }],
    starts: [
      { name: "has the running value already", arrange: [["sh", "-c", `echo 63 >${running}`]], tidy: [["sh", "-c", `echo 64 >${running}`]] },
      { name: "has another value in the file", arrange: [["sh", "-c", `mkdir -p /etc/sysctl.d; echo net.ipv4.ip_default_ttl=62 >${file}`]], tidy: [["rm", file]] },
      { name: "has other values in both", arrange: [["sh", "-c", `mkdir -p /etc/sysctl.d; echo x >${file}; echo 60 >${running}`]], tidy: [["sh", "-c", `rm ${file}; echo 64 >${running}`]] },
    ],
  },
  { name: "several numbers", boots: true, want: { key: "net.ipv4.ping_group_range", value: "0  1000" }, on: ["machine"] },
  { name: "a parameter for the next boot", boots: true, want: { key: "kernel.kptr_restrict", value: 2, now: false }, on: ["tree", "machine"] },
  // Never on a container that boots: it would set it for its host.
  { name: "what cannot be taken back", want: { key: "kernel.modules_disabled", value: 1 }, on: ["tree"] },
  { name: "what cannot be taken back before a restart", boots: true, want: { key: "kernel.kexec_load_disabled", value: 1 }, on: ["vm"] },
  { name: "a parameter of the kernel", boots: true, want: { key: "kernel.dmesg_restrict", value: 0 }, on: ["vm"] },
];
