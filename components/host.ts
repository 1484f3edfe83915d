import { CustomResource, output } from "@pulumi/pulumi";
import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import { Layer } from "#components/layer.ts";
import type { Disk, OperatingSystem, PciDevice } from "#facts/machine.ts";
import type { Connection } from "#model/connection.ts";
import type { Inputs, Item } from "#model/kind.ts";

/** What a host is found by. */
export interface HostArgs {
  /** How it is reached. Never a reason for a difference: a host that moves stays the same host. */
  connection: Inputs<Connection>;
}

/**
 * A machine as it is, read-only. Its outputs are read live, at preview too, so that what it can carry is judged before
 * anything is touched.
 *
 * @example A message of the day
 * ```ts
 * const host = new Host("desk", { connection: { via: "ssh", address: "desk.home" } });
 * host.layer("greeting", [file("motd", { path: "/etc/motd", content: "Welcome home.\n" })]);
 * ```
 */
export class Host extends CustomResource {
  /** machine-id(5); empty where the machine has none yet. */
  declare readonly machineId: Output<string>;
  /** From os-release(5). */
  declare readonly os: Output<OperatingSystem>;
  /** In Debian's words: `amd64`, `arm64`. */
  declare readonly architecture: Output<string>;
  /** Memory in bytes. */
  declare readonly memory: Output<number>;
  declare readonly cpus: Output<number>;
  declare readonly pci: Output<readonly PciDevice[]>;
  declare readonly disks: Output<readonly Disk[]>;
  /** There is a /dev/net/tun. */
  declare readonly tun: Output<boolean>;
  /** There is a /dev/kvm. */
  declare readonly kvm: Output<boolean>;
  /** The version of the control groups; 0 without any. */
  declare readonly cgroups: Output<0 | 1 | 2>;
  /** As systemd-detect-virt(1) says it; empty where it cannot be told. */
  declare readonly virtualization: Output<string>;
  /** systemd runs. */
  declare readonly booted: Output<boolean>;
  /** How it is reached, as declared. */
  readonly connection: Output<Connection>;

  constructor(name: string, { connection }: HostArgs, options: CustomResourceOptions = {}) {
    super("steading:host:Host", name, { connection, ...outputs }, options);
    this.connection = output(connection);
  }

  /**
   * Puts items on this host as one layer, a child of the host.
   *
   * @param name - of the layer; unique on this host within the stack
   */
  layer(name: string, items: readonly Item[], options: CustomResourceOptions = {}): Layer {
    return new Layer(name, { host: this.connection, items }, { parent: this, ...options });
  }
}

/** The SDK makes an output of every property that it is given, known or not. */
const outputs = {
  machineId: undefined,
  os: undefined,
  architecture: undefined,
  memory: undefined,
  cpus: undefined,
  pci: undefined,
  disks: undefined,
  tun: undefined,
  kvm: undefined,
  cgroups: undefined,
  virtualization: undefined,
  booted: undefined,
};
