import { CustomResource } from "@pulumi/pulumi";
import type { CustomResourceOptions, Inputs as Properties, Input, Output } from "@pulumi/pulumi";
import type { Connection } from "#model/connection.ts";

/** What a cloud is asked for. */
export interface MachineArgs {
  /** A file in `clouds/`, for example `lab-container`. */
  cloud: string;
  /** What that cloud takes. */
  want: Properties;
  /** The machine's name in its cloud. @defaultValue the resource's name */
  name?: Input<string>;
}

/**
 * A machine that a cloud makes, and removes when it is no longer declared.
 *
 * @example A machine to try things on
 * ```ts
 * const lab = new Machine("lab", { cloud: "lab-container", want: { release: 13 } });
 * const host = new Host("lab", { connection: lab.connection });
 * ```
 */
export class Machine extends CustomResource {
  /** How it is reached; its private parts are secrets. */
  declare readonly connection: Output<Connection>;

  constructor(name: string, args: MachineArgs, options: CustomResourceOptions = {}) {
    super("steading:cloud:Machine", name, { cloud: args.cloud, name: args.name ?? name, want: args.want, connection: undefined }, options);
  }
}
