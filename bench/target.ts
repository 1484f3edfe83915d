import { execa } from "execa";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { labContainer } from "#clouds/lab-container.ts";
import type { SshConnection } from "#model/connection.ts";
import { quoteAll } from "#model/quote.ts";
import type { Things } from "./things.ts";

/** The machine that every tool is pointed at. */
export interface Target {
  readonly connection: SshConnection & { readonly user: string; readonly hostKey: string; readonly identityFile: string };
  /** A known_hosts file that holds its key and nothing else. */
  readonly knownHosts: string;
  /** Private keys, sockets and work of this run; gone with it. */
  readonly workspace: string;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  readonly destroy: () => Promise<void>;
}

/** Makes a lab machine; Ansible needs Python on it. Also fetches the packages, so that no run waits for the archive. */
export async function makeTarget(workspace: string, things: Things, progress: (line: string) => void, signal: AbortSignal): Promise<Target> {
  const name = `bench-${String(process.pid)}`;
  const context = { progress, signal };
  const destroy = () => labContainer.destroy(name, { progress, signal: new AbortController().signal });
  try {
    const { connection } = await labContainer.create(name, { release: 12, packages: ["python3", "python3-apt"], booted: true }, context);
    if (connection.via !== "ssh" || connection.hostKey === undefined || connection.identityFile === undefined) throw new Error("the lab machine is not reached by ssh");
    const { hostKey, identityFile, user = "root" } = connection;
    const knownHosts = join(workspace, "known_hosts");
    await mkdir(workspace, { recursive: true, mode: 0o700 });
    await writeFile(knownHosts, `${connection.address} ${hostKey}\n`);
    const target = { connection: { ...connection, hostKey, identityFile, user }, knownHosts, workspace, signal, destroy };
    await script(target, `apt-get update -q && apt-get install -y -q --no-install-recommends --download-only ${quoteAll(things.packages)}`);
    return target;
  } catch (error) {
    await destroy();
    throw error;
  }
}

/** ssh(1) with the target's key and host key; `shared` goes over a connection that stays open. */
export function sshArgv({ connection, knownHosts, workspace }: Target, shared: boolean): readonly string[] {
  const options = [
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${knownHosts}`,
    "GlobalKnownHostsFile=none",
    "IdentitiesOnly=yes",
    ...(shared ? ["ControlMaster=auto", "ControlPersist=60", `ControlPath=${join(workspace, "own.socket")}`] : ["ControlPath=none"]),
  ];
  return ["ssh", ...options.flatMap((option) => ["-o", option]), "-T", "-i", connection.identityFile, "-l", connection.user, "--", connection.address];
}

/** Runs a shell script on the target and returns what it printed. Throws when it fails. */
export async function script(target: Target, text: string): Promise<string> {
  const [file = "", ...args] = sshArgv(target, true);
  const { stdout } = await execa(file, [...args, "sh -s"], { input: `export DEBIAN_FRONTEND=noninteractive LC_ALL=C\n${text}\n` });
  return stdout;
}

/** Removes the things, and what Steading knows of them. Archives of packages stay. */
export async function reset(target: Target, { directory, packages }: Things): Promise<void> {
  await script(target, `set -eu\napt-get -y -q purge --autoremove ${quoteAll(packages)} >/dev/null\nrm -rf ${quoteAll([directory.path])} /var/lib/steading`);
}

const list = ({ files }: Things): string => files.map(({ path }) => path).join("\n");

/** What is wrong with the things on the target, in words; undefined when all are there. */
export async function wrong(target: Target, things: Things): Promise<string | undefined> {
  const { createHash } = await import("node:crypto");
  const sums = things.files.map(({ path, content }) => `${createHash("sha256").update(content).digest("hex")}  ${path}`).join("\n");
  const found = await script(
    target,
    `sha256sum --quiet -c - 2>&1 <<'end' | tail -n 3
${sums}
end
for package in ${quoteAll(things.packages)}; do dpkg-query -W -f '\${db:Status-Abbrev}' "$package" 2>&1 | grep -q '^ii' || echo "$package is not installed"; done
systemctl is-active --quiet ${quoteAll([things.service])} || echo 'the service does not run'
systemctl is-enabled --quiet ${quoteAll([things.service])} || echo 'the service is not enabled'`,
  );
  return found === "" ? undefined : found;
}

/** Changes when anything is written that a tool was told of: inodes and times of the files, of packages and units. */
export const stamp = (target: Target, { directory }: Things): Promise<string> =>
  script(target, `find ${quoteAll([directory.path])} /var/lib/dpkg/status /etc/systemd/system -printf '%p %i %m %T@ %C@\\n' | sort | sha256sum`);

/** Seconds of a new connection that does nothing. */
export async function floorSeconds(target: Target): Promise<number> {
  const [file = "", ...args] = sshArgv(target, false);
  return secondsOf(() => execa(file, [...args, "true"], { stdin: "ignore" }));
}

/** Seconds of one shell command that reads the files, over a connection that stands. */
export async function readSeconds(target: Target, things: Things): Promise<number> {
  await script(target, "true");
  const [file = "", ...args] = sshArgv(target, true);
  return secondsOf(() => execa(file, [...args, "xargs -d '\\n' sha256sum --"], { input: list(things) }));
}

/** Seconds that something takes. */
export async function secondsOf(work: () => PromiseLike<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
