import { globSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pinnedVersion } from "./python.ts";
import { endConnections, timed } from "./tool.ts";
import type { Tool } from "./tool.ts";

const here = join(import.meta.dirname, "../ansible");

/** Mitogen replaces how tasks reach the host. */
function mitogenSettings(bin: string): Readonly<Record<string, string>> {
  const [plugins] = globSync(join(bin, "../lib/python3*/site-packages/ansible_mitogen/plugins/strategy"));
  if (plugins === undefined) throw new Error("mitogen is not installed");
  return { ANSIBLE_STRATEGY: "mitogen_linear", ANSIBLE_STRATEGY_PLUGINS: plugins };
}

/**
 * `ansible-playbook` with pipelining, or with mitogen.
 *
 * @param bin - where the programs of the virtual environment are
 */
export async function ansible(bin: string, how: "pipelining" | "mitogen"): Promise<Tool> {
  const settings = how === "mitogen" ? mitogenSettings(bin) : {};
  return {
    version: how === "mitogen" ? await pinnedVersion("mitogen") : await pinnedVersion("ansible-core"),
    async prepare({ connection, knownHosts, signal }, things, directory) {
      await mkdir(directory, { recursive: true });
      const host = {
        ansible_user: connection.user,
        ansible_port: connection.port ?? 22,
        ansible_ssh_private_key_file: connection.identityFile,
        ansible_ssh_common_args: `-o UserKnownHostsFile=${knownHosts} -o GlobalKnownHostsFile=none -o IdentitiesOnly=yes`,
      };
      await writeFile(join(directory, "inventory.json"), JSON.stringify({ all: { hosts: { [connection.address]: host } } }));
      await writeFile(join(directory, "things.json"), JSON.stringify(things));
      const sockets = join(directory, "..", "a");
      const env = {
        PATH: `${bin}:${process.env["PATH"] ?? ""}`,
        ANSIBLE_CONFIG: join(here, "ansible.cfg"),
        ANSIBLE_HOME: join(directory, "home"),
        ANSIBLE_SSH_CONTROL_PATH_DIR: sockets,
        // Ansible refuses to start without it.
        LC_ALL: "C.UTF-8",
        ...settings,
      };
      const argv = [join(bin, "ansible-playbook"), "-i", "inventory.json", "-e", `things=${join(directory, "things.json")}`, join(here, "playbook.yml")] as const;
      return { up: () => timed(argv, directory, env, signal), cool: () => endConnections(sockets) };
    },
  };
}
