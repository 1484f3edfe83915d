import { Config, RunError } from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { Machine } from "#components/machine.ts";
import { Workstation } from "#components/workstation.ts";
import type { SshConnection } from "#model/connection.ts";
import type { Inputs } from "#model/kind.ts";

/*
 * A machine for daily work. Its configuration, all of it optional (`steading up --config key=value`):
 *
 *   host          ssh://user@address:port of a real machine; without it a lab machine is made on this one
 *   hostKey       its public key, `ssh-ed25519 AAAA…`; without it known_hosts must know it
 *   identityFile  private key to log in with; without it ssh's own choice
 *   sudoPassword  where user is not root and sudo asks (set it as a secret)
 *   profile       a file in profiles/, or a path; `desktop` without it
 *   release       Debian release of the lab machine; 13 without it
 */
const config = new Config();

/** Drops what is not configured. */
const given = <T extends object>(values: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;

function realMachine(address: string): Inputs<SshConnection> {
  const url = URL.parse(address);
  if (url?.protocol !== "ssh:" || url.hostname === "") throw new RunError(`host is ${address}: write ssh://user@address:port`);
  return given({
    via: "ssh" as const,
    address: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? undefined : Number(url.port),
    user: url.username === "" ? undefined : url.username,
    hostKey: config.get("hostKey"),
    identityFile: config.get("identityFile"),
    sudoPassword: config.getSecret("sudoPassword"),
  });
}

const address = config.get("host");
const connection =
  address === undefined ? new Machine("workstation", { cloud: "lab-container", want: { release: config.getNumber("release") ?? 13 } }).connection : realMachine(address);

const host = new Host("workstation", { connection });

export const workstation = new Workstation("workstation", { host, profile: config.get("profile") ?? "desktop" }).urn;
export const os = host.os.apply((system) => system.name);
