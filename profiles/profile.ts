import { SSHD_KEYWORDS } from "#facts/sshd-settings.ts";
import type { SshdKeyword } from "#facts/sshd-settings.ts";
import { connectionProps } from "#model/connection.ts";
import { either, flag, integer, list, mapping, mode, object, oneOf, optional, propsOf, secretly, text } from "#model/schema.ts";
import type { Schema } from "#model/schema.ts";

/** What a workstation is: everything may be left out. */
export interface Profile {
  /** The machine's name, without its domain. @defaultValue left as it is */
  hostname?: string;
  /** A zone of the tz database, for example `Europe/Berlin`. @defaultValue left as it is */
  timezone?: string;
  /** The system's language, for example `en_GB.UTF-8`. @defaultValue left as it is */
  locale?: string;
  /** The clock is kept right by systemd-timesyncd. @defaultValue false */
  timeSync?: boolean;
  /** Debian packages to be installed. */
  packages?: readonly string[];
  /** Security updates are installed every day by unattended-upgrades. @defaultValue false */
  securityUpdates?: boolean;
  /** People, by login name. */
  users?: { readonly [name: string]: ProfileUser };
  /** Units of systemd, by name with suffix. */
  services?: { readonly [unit: string]: ProfileService };
  /** Settings of sshd_config(5), by keyword. */
  sshd?: { readonly [K in SshdKeyword]?: string | number };
  /** What may come in. Without it there is no firewall. */
  firewall?: ProfileFirewall;
  /** Kernel parameters, by name. */
  sysctls?: { readonly [key: string]: string | number };
  /** Files, by absolute path. */
  files?: { readonly [path: string]: ProfileFile };
}

/** A whole machine in one file: how it is reached, and all that a profile may say. */
export interface MachineProfile extends Profile {
  /** `ssh://user@address:port` of a real machine, `local` for this one, or `lab:12` and `lab:13` for one that is made for it. */
  host: string;
  /** The host's public key, `ssh-ed25519 AAAA…`. Without it the user's known_hosts must know the host. */
  hostKey?: string;
  /** Private key file to log in with, on this machine: a path, from this file's folder or with `~`. @defaultValue ssh's own choice */
  identityFile?: string;
  /** A profile to start from: its name, or the path of a YAML file, from this file's folder or with `~`. @defaultValue none */
  profile?: string;
}

/** A person with a login. */
export interface ProfileUser {
  /** Full name. @defaultValue empty */
  comment?: string;
  /** Login shell. @defaultValue `/bin/bash` */
  shell?: string;
  /** Further groups. */
  groups?: readonly string[];
  /** Public keys that may log in over ssh. */
  keys?: readonly string[];
  /** May become root by sudo: `password` asks for theirs. @defaultValue `no` */
  sudo?: "no" | "password" | "no-password";
}

/** How a unit is to be. */
export interface ProfileService {
  /** Starts at boot. @defaultValue true */
  enabled?: boolean;
  /** Runs now. @defaultValue true */
  running?: boolean;
}

/** An inbound firewall: answers, loopback, ping and the way that Steading comes in are always allowed. */
export interface ProfileFirewall {
  /** What else is allowed. */
  allow?: readonly ProfilePorts[];
}

/** Ports that may be reached. */
export interface ProfilePorts {
  /** @defaultValue `tcp` */
  protocol?: "tcp" | "udp";
  ports: readonly number[];
  /** Addresses or networks that may. @defaultValue everybody */
  from?: readonly string[];
}

/** A file with exactly this content. */
export interface ProfileFile {
  /** A secret where `mode` keeps others out: encrypted in the state, never shown. */
  content: string;
  /** Permission bits in octal, quoted. @defaultValue `0644` */
  mode?: string;
}

/** Control characters, in words that editors understand too, which read the schema's patterns without the flag `u`. */
const CONTROL = String.raw`\u0000-\u001f\u007f-\u009f`;
const user = propsOf<ProfileUser>()({
  comment: optional(text(new RegExp(`^[^${CONTROL}:]*$`))),
  shell: optional(text(/^(\/[\w.-]+)+$/)),
  groups: optional(list(text(/^[a-z_][a-z0-9_-]{0,31}$/))),
  keys: optional(list(text(new RegExp(`^(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+( [^${CONTROL}]*)?$`), "the line from ~/.ssh/id_ed25519.pub"))),
  sudo: optional(oneOf("no", "password", "no-password")),
});
/** IPv4 in full, IPv6 by its characters; how many bits a network has. */
const NETWORK = /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}(\/(3[0-2]|[12]?\d))?|[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]+(\/(12[0-8]|1[01]\d|\d?\d))?)$/;
const service = propsOf<ProfileService>()({ enabled: optional(flag), running: optional(flag) });
const ports = propsOf<ProfilePorts>()({
  protocol: optional(oneOf("tcp", "udp")),
  ports: list(integer(1, 65535), 1),
  from: optional(list(text(NETWORK, "an address or a network, such as 192.0.2.0/24"), 1)),
});
const firewall = propsOf<ProfileFirewall>()({ allow: optional(list(object(ports))) });
const file = propsOf<ProfileFile>()({ content: text(), mode: optional(mode) });
const port = integer(1, 65535, "a port from 1 to 65535");
const wordOrNumber = either(integer(-(2 ** 53), 2 ** 53), text(/^[^\n]+$/), 'a number, or text in quotes, such as "no" for false');
/** Every keyword by name, so that an editor can offer them. */
const sshd: Schema<{ readonly [K in SshdKeyword]?: string | number }> = {
  json: { type: "object", properties: Object.fromEntries(SSHD_KEYWORDS.map((keyword) => [keyword, keyword === "Port" ? port.json : wordOrNumber.json])), additionalProperties: false, "x-fix": "a keyword of sshd_config(5), spelled as there" },
};

/** One schema per key; `profiles/schema.json` is made from it. */
export const props = propsOf<Profile>()({
  hostname: optional(text(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "lower-case letters, digits and -, at most 63")),
  timezone: optional(text(/^[A-Za-z][\w+-]*(\/[\w+-]+)*$/, "a zone such as Europe/Berlin")),
  locale: optional(text(/^(C|[a-z]{2,3}_[A-Z]{2})\.UTF-8$/, "a UTF-8 locale such as en_GB.UTF-8")),
  timeSync: optional(flag),
  packages: optional(list(text(/^[a-z0-9][a-z0-9+.-]+$/, "a Debian package name"))),
  securityUpdates: optional(flag),
  users: optional(mapping(/^[a-z_][a-z0-9_-]{0,31}$/, object(user), "a login name: lower-case letters, digits, - and _, starting with a letter, at most 32")),
  services: optional(mapping(/^[\w@.:-]+\.(service|socket|timer|mount|path|target)$/, object(service), "a unit name with its suffix, such as ssh.service")),
  sshd: optional(sshd),
  firewall: optional(object(firewall)),
  sysctls: optional(mapping(/^[a-z][\w-]*(\.[\w/-]+)+$/, wordOrNumber, "a kernel parameter such as net.ipv4.ip_forward")),
  // What is in a file may be a secret: no message shows it.
  files: optional(secretly(mapping(/^(\/(?!\.{1,2}(\/|$))[^/]+)+$/, object(file), "an absolute path without `..`"))),
});

/** The same for a machine's file; `profiles/machine.schema.json` is made from it. */
export const machineProps = propsOf<MachineProfile>()({
  // It may hold a password, where none belongs.
  host: secretly(text(/^(ssh:\/\/.+|local:?|lab:1[23])$/, "ssh://user@address, local or lab:13")),
  hostKey: connectionProps.ssh.schemas.hostKey,
  identityFile: optional(text(/^[^\0]+$/, "the path of a private key")),
  profile: optional(text(new RegExp(`^[^${CONTROL}]+$`), "the name of a profile, or a path")),
  ...props.schemas,
});
