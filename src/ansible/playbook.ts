import { either, flag, list, oneOf, optional, path, propsOf, secretly, text } from "#model/schema.ts";
import type { Schema } from "#model/schema.ts";
import type { Json } from "#model/value.ts";

/** A playbook, and how it is run. */
export interface Playbook {
  /** The playbook's file. */
  playbook: string;
  /** Where Ansible runs and finds its `ansible.cfg`. */
  directory: string;
  /** Variables that win over all others. Secrets among them are handed over on standard input. */
  extraVars?: { readonly [name: string]: Json };
  /** What opens vaults; handed over on standard input. */
  vaultPassword?: string;
  /** Only tasks with one of these tags. */
  tags?: readonly string[];
  /** Not the tasks with one of these tags. */
  skipTags?: readonly string[];
  /** Groups that the host is in, as the plays' `hosts:` and `group_vars` name them. */
  groups?: readonly string[];
  /** What plays and `host_vars` call the host. */
  inventoryName?: string;
  /** Tasks go through sudo also where the playbook does not say so. */
  become?: boolean;
  /** The playbook that is run when this one is destroyed. */
  undoPlaybook?: string;
  /** The file of `ansible-playbook`, or `venv`. */
  ansible?: string;
}

const word = text(/^[^\s,:\0-][^\s,:\0]*$/, "a word without spaces, commas and colons");
const words = list(word);
const anything: Schema<{ readonly [name: string]: Json }> = { json: { type: "object" } };

/** The schema of a playbook. */
export const playbookProps = propsOf<Playbook>()({
  playbook: path,
  directory: path,
  extraVars: optional(anything),
  vaultPassword: optional(secretly(text(/^[^\n\0]+$/, "one line"))),
  tags: optional(words),
  skipTags: optional(words),
  groups: optional(words),
  inventoryName: optional(word),
  become: optional(flag),
  undoPlaybook: optional(path),
  ansible: optional(either(oneOf("venv"), path, "an absolute path of ansible-playbook, or venv")),
});
