import { join } from "node:path";
import { sharedOptions } from "#host/ssh.ts";
import { hostName } from "#model/connection.ts";
import type { Connection } from "#model/connection.ts";
import { quoteAll } from "#model/quote.ts";
import { isObject, isSecret, reveal } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { Playbook } from "#ansible/playbook.ts";
import type { UserConfig } from "#ansible/user-config.ts";
import type { Workspace } from "#ansible/workspace.ts";

/** One run of `ansible-playbook`: all that starts it. */
export interface Invocation {
  readonly argv: readonly string[];
  readonly env: { readonly [name: string]: string };
  /** The vault's password, where there is one, and the inventory: one line each. */
  readonly stdin: string;
  /** What the inventory calls the host. */
  readonly host: string;
  /** Files that the command line names, by path, and what is in them: it may be too long for a command line. */
  readonly files: { readonly [path: string]: string };
}

/** Values without their secrets: each is a variable of the inventory, which is handed over where nobody sees it. */
function withoutSecrets(value: Json, secrets: { [name: string]: Json }): Json {
  if (isSecret(value)) {
    const name = `steading_secret_${Object.keys(secrets).length.toString()}`;
    secrets[name] = reveal(value);
    return `{{ ${name} }}`;
  }
  if (Array.isArray(value)) return value.map((inner: Json) => withoutSecrets(inner, secrets));
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner, secrets)])) : value;
}

/** First of two values counts for ssh(1): nothing that a playbook or an ansible.cfg adds softens these. */
const sshArgs = (to: Connection): string => (to.via === "ssh" ? quoteAll(["-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", ...sharedOptions(to)]) : "");

/** How Ansible reaches the host: with this project's own options, so that keys are verified and a connection that stands is used. */
function connectionVars(to: Connection): JsonObject {
  const password = to.via === "tree" || to.sudoPassword === undefined ? {} : { ansible_become_password: to.sudoPassword };
  if (to.via !== "ssh") return { ansible_connection: "local", ...password };
  return {
    ansible_connection: "ssh",
    ansible_host: to.address,
    ansible_user: to.user ?? "root",
    ...(to.port === undefined ? {} : { ansible_port: to.port }),
    ansible_ssh_args: sshArgs(to),
    ...password,
  };
}

/** What Ansible is told by its environment. It wins over ansible.cfg; variables of the playbook win over it. */
const environment = ({ directory }: Workspace, to: Connection, { callbackPlugins, inventoryPlugins, pipelining, interpreter }: UserConfig): { readonly [name: string]: string } => ({
  // Ansible refuses to start without UTF-8.
  LC_ALL: "C.UTF-8",
  ANSIBLE_CALLBACK_PLUGINS: [join(directory, "callback"), ...callbackPlugins].join(":"),
  ANSIBLE_STDOUT_CALLBACK: "steading_lines",
  ANSIBLE_INVENTORY_PLUGINS: [join(directory, "inventory"), ...inventoryPlugins].join(":"),
  ANSIBLE_INVENTORY_ENABLED: "steading_inventory",
  ANSIBLE_INVENTORY_UNPARSED_FAILED: "True",
  // Files that are made of secrets lie here on their way.
  ANSIBLE_LOCAL_TEMP: directory,
  ANSIBLE_HOST_KEY_CHECKING: "True",
  ...(pipelining === undefined ? { ANSIBLE_PIPELINING: "True" } : {}),
  ...(interpreter === undefined ? { ANSIBLE_PYTHON_INTERPRETER: "auto_silent" } : {}),
  // Nobody is there to answer: passwords are handed over.
  ANSIBLE_ASK_PASS: "False",
  ANSIBLE_BECOME_ASK_PASS: "False",
  ANSIBLE_ASK_VAULT_PASS: "False",
  ANSIBLE_NOCOLOR: "1",
  ...(to.via === "ssh" ? { ANSIBLE_SSH_ARGS: sshArgs(to) } : {}),
});

/**
 * The command line, environment and input of one run. Secrets of `want` are still wrapped; none of them is in the command line
 * or the environment.
 *
 * @param user - what the user has set: it stays, where it does not get in the way
 * @param check - only look: `--check --diff`
 */
export function invocation(want: Omit<Playbook, "extraVars" | "vaultPassword"> & { readonly extraVars?: Json; readonly vaultPassword?: Json }, to: Connection, place: Workspace, user: UserConfig, check: boolean): Invocation {
  const secrets: { [name: string]: Json } = {};
  const extraVars = want.extraVars === undefined ? undefined : withoutSecrets(want.extraVars, secrets);
  const password = want.vaultPassword === undefined ? undefined : reveal(want.vaultPassword);
  const variables = join(place.directory, "extra-vars.json");
  const host = want.inventoryName ?? hostName(to);
  const handedOver = { host, groups: want.groups ?? [], vars: connectionVars(to), secrets };
  return {
    argv: [
      "--inventory",
      join(place.directory, "inventory/steading_inventory.py"),
      ...(check ? ["--check", "--diff"] : []),
      ...(extraVars === undefined ? [] : ["--extra-vars", `@${variables}`]),
      ...(password === undefined ? [] : ["--vault-password-file", place.vaultProgram]),
      ...(want.tags === undefined ? [] : ["--tags", want.tags.join(",")]),
      ...(want.skipTags === undefined ? [] : ["--skip-tags", want.skipTags.join(",")]),
      ...(want.become === true ? ["--become"] : []),
      "--",
      want.playbook,
    ],
    host,
    files: extraVars === undefined ? {} : { [variables]: JSON.stringify(extraVars) },
    env: environment(place, to, user),
    stdin: [...(typeof password === "string" ? [password] : []), JSON.stringify(handedOver), ""].join("\n"),
  };
}
