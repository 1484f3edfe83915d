import { defineFact } from "#model/fact.ts";

/** What a machine is. Everything about hardware is read from /proc, /sys and /dev, and empty where they are not mounted. */
export interface MachineState {
  /** machine-id(5), 32 hex digits; empty where the machine has none yet. */
  readonly machineId: string;
  readonly os: OperatingSystem;
  /** In Debian's words: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Memory that the kernel has, in bytes; 0 where it cannot be read. */
  readonly memory: number;
  /** CPUs that a process may use; 0 where it cannot be read. */
  readonly cpus: number;
  /** By address. */
  readonly pci: readonly PciDevice[];
  /** Disks that are devices, by name; no partitions, loops or memory disks. */
  readonly disks: readonly Disk[];
  /** There is a /dev/net/tun. */
  readonly tun: boolean;
  /** There is a /dev/kvm. */
  readonly kvm: boolean;
  /** The version of the control groups that are mounted; 0 where none are. */
  readonly cgroups: 0 | 1 | 2;
  /** As systemd-detect-virt(1) says it: `none`, `kvm`, `systemd-nspawn`; empty where it cannot be told. */
  readonly virtualization: string;
  /** systemd runs. */
  readonly booted: boolean;
}

/** From os-release(5). */
export interface OperatingSystem {
  /** `debian`. */
  readonly id: string;
  /** `Debian GNU/Linux`. */
  readonly name: string;
  /** `13`; empty for a release without number. */
  readonly version: string;
  /** `trixie`. */
  readonly codename: string;
}

/** A PCI function. */
export interface PciDevice {
  /** `0000:01:00.0`. */
  readonly address: string;
  /** Class, vendor and device as the kernel writes them: `0x030000`, `0x10de`, `0x2684`. */
  readonly class: string;
  readonly vendor: string;
  readonly device: string;
  /** The kernel driver that holds it; empty without one. */
  readonly driver: string;
  /** Its IOMMU group, which moves as a whole; -1 without an IOMMU. */
  readonly iommuGroup: number;
}

/** A disk. */
export interface Disk {
  /** Its name under /dev: `nvme0n1`. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Empty where the disk does not say. */
  readonly model: string;
  /** It turns. */
  readonly rotational: boolean;
}

const empty: MachineState = {
  machineId: "",
  os: { id: "", name: "", version: "", codename: "" },
  architecture: "",
  memory: 0,
  cpus: 0,
  pci: [],
  disks: [],
  tun: false,
  kvm: false,
  cgroups: 0,
  virtualization: "",
  booted: false,
};

/** Debian's names for what uname(1) prints. */
const architectures: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64", i686: "i386", armv7l: "armhf", ppc64le: "ppc64el" };

const bare = (value: string): string => value.replace(/^(["'])(.*)\1$/, "$2").replace(/\\(.)/g, "$1");

const version = (word: string): 0 | 1 | 2 => (word === "2" ? 2 : word === "1" ? 1 : 0);

/** Reads one line, `key<TAB>value…`, into the state. */
function take(state: MachineState, line: string): MachineState {
  const [key = "", first = "", ...rest] = line.split("\t");
  const [second = "", third = "", fourth = "", fifth = ""] = rest;
  switch (key) {
    case "machine-id":
      return { ...state, machineId: first };
    case "os.ID":
      return { ...state, os: { ...state.os, id: bare(first) } };
    case "os.NAME":
      return { ...state, os: { ...state.os, name: bare(first) } };
    case "os.VERSION_ID":
      return { ...state, os: { ...state.os, version: bare(first) } };
    case "os.VERSION_CODENAME":
      return { ...state, os: { ...state.os, codename: bare(first) } };
    case "architecture":
      return { ...state, architecture: architectures[first] ?? first };
    case "memory":
      return { ...state, memory: Number(first) * 1024 };
    case "cpus":
      return { ...state, cpus: Number(first) };
    case "pci":
      return { ...state, pci: [...state.pci, { address: first, class: second, vendor: third, device: fourth, driver: fifth, iommuGroup: -1 }] };
    case "group":
      return { ...state, pci: state.pci.map((device) => (device.address === second ? { ...device, iommuGroup: Number(first) } : device)) };
    case "disk":
      return { ...state, disks: [...state.disks, { name: first, size: Number(second) * 512, rotational: third === "1", model: fourth.trim() }] };
    case "tun":
      return { ...state, tun: true };
    case "kvm":
      return { ...state, kvm: true };
    case "cgroups":
      return { ...state, cgroups: version(first) };
    case "virtualization":
      return { ...state, virtualization: first };
    case "booted":
      return { ...state, booted: first === "1" };
    default:
      throw new Error(`unexpected line ${JSON.stringify(line)}`);
  }
}

/**
 * What the machine is; the subject is always `machine`.
 *
 * Reads /proc and /sys with the shell's own `read` and globs, so that many devices cost no processes.
 */
export const machine = defineFact<MachineState>({
  fact: "machine",
  script: `
say() { key=$1; shift; printf '%s' "$key"; printf '\\t%s' "$@"; echo; }
get() { value=; test -r "$1" && IFS= read -r value 2>/dev/null <"$1"; }
get /etc/machine-id && say machine-id "$value"
release=/etc/os-release; test -r "$release" || release=/usr/lib/os-release
test -r "$release" && while IFS='=' read -r key value; do
  case $key in ID|NAME|VERSION_ID|VERSION_CODENAME) say "os.$key" "$value" ;; esac
done <"$release"
say architecture "$(dpkg --print-architecture 2>/dev/null || uname -m)"
test -r /proc/meminfo && while read -r key value _; do test "$key" = MemTotal: && say memory "$value"; done </proc/meminfo
test -d /proc/self && say cpus "$(nproc)"
for path in /sys/bus/pci/devices/*; do
  get "$path/class" || continue; class=$value
  get "$path/vendor"; vendor=$value; get "$path/device"; device=$value
  address=\${path##*/}; driver=
  for held in /sys/bus/pci/drivers/*/"$address"; do test -e "$held" && driver=\${held%/*} && driver=\${driver##*/}; done
  say pci "$address" "$class" "$vendor" "$device" "$driver"
done
for path in /sys/kernel/iommu_groups/*/devices/*; do
  test -e "$path" || continue
  group=\${path%/devices/*}; say group "\${group##*/}" "\${path##*/}"
done
for path in /sys/block/*; do
  name=\${path##*/}
  case $name in loop*|ram*|zram*|sr*|fd*|nbd*) continue ;; esac
  test -e "$path/device" || continue
  get "$path/size"; size=$value; get "$path/queue/rotational"; turns=$value; get "$path/device/model"
  say disk "$name" "$size" "$turns" "$value"
done
test -c /dev/net/tun && say tun 1
test -c /dev/kvm && say kvm 1
if test -r /sys/fs/cgroup/cgroup.controllers; then say cgroups 2; elif test -d /sys/fs/cgroup/memory; then say cgroups 1; fi
if command -v systemd-detect-virt >/dev/null 2>&1; then say virtualization "$(systemd-detect-virt 2>/dev/null)"; fi
say booted "$booted"
`,
  parse: (output, subjects) => {
    const state = output.split("\n").filter((line) => line !== "").reduce(take, empty);
    return new Map(subjects.map((subject) => [subject, state]));
  },
});
