import { ComponentResource } from "@pulumi/pulumi";
import type { ComponentResourceOptions, Input } from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { Machine } from "#components/machine.ts";
import { Workstation } from "#components/workstation.ts";
import { Issues } from "#model/issue.ts";
import { readMachineProfile } from "#profiles/profile-file.ts";
import type { MachineSource } from "#profiles/profile-file.ts";
import { parseConnection } from "#provider/connection-input.ts";

/** Which file, and what does not belong in it. */
export interface MachineFileArgs {
  /** The YAML file; `profiles/machine.schema.json` says what may be in it. */
  path: string;
  /** For sudo, where the user is not root and sudo asks. @defaultValue none */
  sudoPassword?: Input<string>;
}

/**
 * A machine that a YAML file describes: how it is reached, the profile to start from, and choices of its own. A run of
 * `steading up desk.yaml` is a stack of one of these.
 *
 * @example A machine beside others that are written in TypeScript
 * ```ts
 * const desk = new MachineFile("desk", { path: "desk.yaml" });
 * export const os = desk.host.os;
 * ```
 */
export class MachineFile extends ComponentResource {
  readonly host: Host;
  readonly workstation: Workstation;

  /** Throws Issues with file, line and column for a file that cannot be understood. */
  constructor(name: string, { path, sudoPassword }: MachineFileArgs, options: ComponentResourceOptions = {}) {
    const source = readMachineProfile(path);
    const { host: _, hostKey: _key, identityFile: _identity, profile, ...settings } = source.machine;
    super("steading:component:MachineFile", name, {}, options);
    const parent = { parent: this };
    this.host = new Host(name, { connection: reached(name, source, sudoPassword, this) }, parent);
    this.workstation = new Workstation(name, { host: this.host, ...(profile === undefined ? {} : { profile }), settings }, parent);
    this.registerOutputs();
  }
}

type Reached = ConstructorParameters<typeof Host>[1]["connection"];

/** How the machine of a file is reached; a lab machine is made for it. */
function reached(name: string, { machine: { host, hostKey, identityFile }, placeOf }: MachineSource, sudoPassword: Input<string> | undefined, parent: ComponentResource): Reached {
  const [, release] = /^lab:(\d+)$/.exec(host) ?? [];
  if (release !== undefined) return new Machine(name, { cloud: "lab-container", want: { release: Number(release) } }, { parent }).connection;
  const to = parseConnection(host);
  // Whatever stands there may hold a password.
  if (to === undefined) throw new Issues([{ code: "value.invalid", at: placeOf("host"), path: "host", message: "the value is no machine", fix: "ssh://user@address:port without a password, local or lab:13" }]);
  const password = sudoPassword === undefined ? {} : { sudoPassword };
  if (to.via === "local") return { ...to, ...password };
  return to.via === "ssh" ? { ...to, ...password, ...(hostKey === undefined ? {} : { hostKey }), ...(identityFile === undefined ? {} : { identityFile }) } : to;
}
