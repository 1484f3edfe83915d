import { dirname } from "node:path";
import { CustomResource } from "@pulumi/pulumi";
import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import type { Connection } from "#model/connection.ts";
import type { Inputs } from "#model/kind.ts";
import { fromProject } from "#provider/from-project.ts";

/** A playbook, and the host that it is for. */
export interface AnsiblePlaybookArgs {
  /** The host, or how it is reached. Never a reason for a difference. */
  host: Host | Inputs<Connection>;
  /** The playbook's file. A relative path begins where Pulumi.yaml is. */
  playbook: string;
  /** Where Ansible runs and finds its `ansible.cfg`. @defaultValue the playbook's folder */
  directory?: string;
  /** Variables that win over all others. Secrets among them stay secrets. @defaultValue none */
  extraVars?: Input<{ readonly [name: string]: Input<unknown> }>;
  /** What opens vaults. @defaultValue none */
  vaultPassword?: Input<string>;
  /** Only tasks with one of these tags. @defaultValue all */
  tags?: readonly string[];
  /** Not the tasks with one of these tags. @defaultValue none */
  skipTags?: readonly string[];
  /** Groups that the host is in: what `hosts:` of the plays and `group_vars` name. @defaultValue none */
  groups?: readonly string[];
  /** What the plays and `host_vars` call the host. @defaultValue its address */
  inventoryName?: string;
  /** Tasks go through sudo also where the playbook does not say so. @defaultValue false */
  become?: boolean;
  /** The playbook that is run when this one is destroyed: Ansible has no undo. @defaultValue none: what was done stays */
  undoPlaybook?: string;
  /** The file of `ansible-playbook`, or `venv`: an ansible-core of Steading's own, from PyPI. @defaultValue that of the PATH */
  ansible?: string;
}

/** How many tasks of a playbook ended how. */
export interface Recap {
  readonly tasks: number;
  readonly ok: number;
  readonly changed: number;
  readonly skipped: number;
  /** They failed, and the playbook lets them. */
  readonly ignored: number;
  readonly failed: number;
}

/**
 * An existing playbook with its roles, run by Ansible on one host. A preview runs it with `--check --diff` and shows each task
 * that would change something, and which ones check mode cannot tell. Ansible uses the host's own connection: its user, key,
 * verified host key and sudo password.
 *
 * @example The roles that are there already
 * ```ts
 * const host = new Host("desk", { connection: { via: "ssh", address: "desk.home" } });
 * new AnsiblePlaybook("site", { host, playbook: "ansible/site.yml", groups: ["web"], ansible: "venv" });
 * ```
 */
export class AnsiblePlaybook extends CustomResource {
  /** How the tasks of the last run ended. */
  declare readonly recap: Output<Recap>;
  /** Each task of the last run by name, and how it ended. */
  declare readonly tasks: Output<{ readonly [name: string]: string }>;

  constructor(name: string, { host, playbook, undoPlaybook, directory, ansible, ...rest }: AnsiblePlaybookArgs, options: CustomResourceOptions = {}) {
    const file = fromProject(playbook);
    const inputs = {
      ...rest,
      host: host instanceof Host ? host.connection : host,
      playbook: file,
      directory: directory === undefined ? dirname(file) : fromProject(directory),
      ...(undoPlaybook === undefined ? {} : { undoPlaybook: fromProject(undoPlaybook) }),
      ...(ansible === undefined ? {} : { ansible: ansible.includes("/") ? fromProject(ansible) : ansible }),
    };
    super("steading:ansible:Playbook", name, { ...inputs, recap: undefined, tasks: undefined }, host instanceof Host ? { parent: host, ...options } : options);
  }
}
