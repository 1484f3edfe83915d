import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** What the user's ansible.cfg and environment say of what a run of ours sets, too. */
export interface UserConfig {
  /** Folders of callback plugins. */
  readonly callbackPlugins: readonly string[];
  readonly inventoryPlugins: readonly string[];
  /** As the user has it; undefined where that is nowhere said. */
  readonly pipelining: string | undefined;
  readonly interpreter: string | undefined;
  /** Files and folders that Ansible writes while it runs. */
  readonly written: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration that Ansible reads: the first that is there; never one of a folder that everybody may write to. */
function configFile(directory: string, env: Environment): string | undefined {
  const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  const named = env["ANSIBLE_CONFIG"];
  const places = [
    ...(named === undefined ? [] : [resolve(directory, named), resolve(directory, named, "ansible.cfg")]),
    ...(((statSync(directory, { throwIfNoEntry: false })?.mode ?? 0) & 0o002) === 0 ? [join(directory, "ansible.cfg")] : []),
    join(env["HOME"] ?? homedir(), ".ansible.cfg"),
    "/etc/ansible/ansible.cfg",
  ];
  return places.find(isFile);
}

/** `section.key` to value (Python's configparser, as far as one line goes). */
function entriesOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let section = "";
  for (const line of text.split("\n")) {
    section = /^\[(.+)\]\s*$/.exec(line)?.[1] ?? section;
    const [, key, value] = /^([^#;[\s][^=:]*?)\s*[=:]\s*(.*?)(?:\s;.*)?\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) found.set(`${section}.${key.toLowerCase()}`, value);
  }
  return found;
}

/**
 * Reads what the user has set.
 *
 * @param directory - where Ansible runs
 */
export function userConfig(directory: string, env: Environment = process.env): UserConfig {
  const file = configFile(directory, env);
  const entries = entriesOf(file === undefined ? "" : readFileSync(file, "utf8"));
  const home = env["HOME"] ?? homedir();
  const path = (text: string): string => resolve(file === undefined ? directory : dirname(file), text.replace(/^~(?=\/|$)/, home).replaceAll("{{CWD}}", directory));
  const folders = (variable: string, key: string, usual: string): readonly string[] =>
    (env[variable] ?? entries.get(`defaults.${key}`) ?? `~/.ansible/plugins/${usual}:/usr/share/ansible/plugins/${usual}`).split(":").filter((part) => part !== "").map(path);
  return {
    callbackPlugins: folders("ANSIBLE_CALLBACK_PLUGINS", "callback_plugins", "callback"),
    inventoryPlugins: folders("ANSIBLE_INVENTORY_PLUGINS", "inventory_plugins", "inventory"),
    pipelining: env["ANSIBLE_PIPELINING"] ?? env["ANSIBLE_SSH_PIPELINING"] ?? entries.get("connection.pipelining") ?? entries.get("ssh_connection.pipelining") ?? entries.get("defaults.pipelining"),
    interpreter: env["ANSIBLE_PYTHON_INTERPRETER"] ?? entries.get("defaults.interpreter_python"),
    written: [env["ANSIBLE_LOG_PATH"] ?? entries.get("defaults.log_path"), env["ANSIBLE_CACHE_PLUGIN_CONNECTION"] ?? entries.get("defaults.fact_caching_connection")].flatMap((text) => (text === undefined || text === "" ? [] : [path(text)])),
  };
}
