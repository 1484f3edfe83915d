import { readFileSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { LineCounter, parseDocument } from "yaml";
import { SSHD_KEYWORDS } from "#facts/sshd-settings.ts";
import type { SshdKeyword } from "#facts/sshd-settings.ts";
import { checkProps } from "#model/check-props.ts";
import { connectionProps } from "#model/connection.ts";
import type { Issue } from "#model/issue.ts";
import { Issues } from "#model/issue.ts";
import { either, flag, integer, list, mapping, mode, object, oneOf, optional, propsOf, text } from "#model/schema.ts";
import type { Props, Schema } from "#model/schema.ts";
import { isObject } from "#model/value.ts";
import type { Json } from "#model/value.ts";

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
  /** `ssh://user@address:port` of a real machine, `local:` for this one, or `lab:12` and `lab:13` for one that is made for it. */
  host: string;
  /** The host's public key, `ssh-ed25519 AAAA…`. Without it the user's known_hosts must know the host. */
  hostKey?: string;
  /** Private key file to log in with, on this machine. @defaultValue ssh's own choice */
  identityFile?: string;
  /** A profile to start from: its name, or a path beside this file. @defaultValue none */
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
  content: string;
  /** Permission bits in octal, quoted. @defaultValue `0644` */
  mode?: string;
}

const user = propsOf<ProfileUser>()({
  comment: optional(text(/^[^\p{Cc}:]*$/u)),
  shell: optional(text(/^(\/[\w.-]+)+$/)),
  groups: optional(list(text(/^[a-z_][a-z0-9_-]{0,31}$/))),
  keys: optional(list(text(/^(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+( [^\p{Cc}]*)?$/u, "the line from ~/.ssh/id_ed25519.pub"))),
  sudo: optional(oneOf("no", "password", "no-password")),
});
const service = propsOf<ProfileService>()({ enabled: optional(flag), running: optional(flag) });
const ports = propsOf<ProfilePorts>()({
  protocol: optional(oneOf("tcp", "udp")),
  ports: list(integer(1, 65535), 1),
  from: optional(list(text(/^[0-9a-fA-F.:]+(\/[0-9]{1,3})?$/), 1)),
});
const firewall = propsOf<ProfileFirewall>()({ allow: optional(list(object(ports))) });
const file = propsOf<ProfileFile>()({ content: text(), mode: optional(mode) });
const port = integer(1, 65535, "a port from 1 to 65535");
const wordOrNumber = either(integer(-(2 ** 53), 2 ** 53), text(/^[^\n]+$/));
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
  files: optional(mapping(/^(\/(?!\.{1,2}(\/|$))[^/]+)+$/, object(file), "an absolute path without `..`")),
});

/** The same for a machine's file; `profiles/machine.schema.json` is made from it. */
export const machineProps = propsOf<MachineProfile>()({
  host: text(/^(ssh:\/\/.+|local:|lab:1[23])$/, "ssh://user@address, local: or lab:13"),
  hostKey: connectionProps.ssh.schemas.hostKey,
  identityFile: optional(text(/^[^\0]+$/)),
  profile: optional(text(/^[\w./-]+$/, "the name of a profile, or a path")),
  ...props.schemas,
});

/**
 * Reads a profile: a name stands for `profiles/<name>.yaml` beside this file, anything with a `/` or `.yaml` for a path.
 * Throws Issues with file, line and column, all mistakes at once.
 */
export function readProfile(name: string): Profile {
  const path = name.includes("/") || name.endsWith(".yaml") ? name : fileURLToPath(new URL(`./${name}.yaml`, import.meta.url));
  const missing: Issue = { code: "profile.missing", at: shown(path), path: "", message: `there is no profile ${name}`, fix: "give the name of a file in profiles/, or a path" };
  return parseProfile(read(path, missing), shown(path));
}

/** The profile in a YAML text; `at` is its file in messages. Throws Issues. */
export const parseProfile = (source: string, at: string): Profile => parse(props, source, at);

/** Reads a machine's file. Throws Issues as `readProfile` does. */
export function readMachineProfile(path: string): MachineProfile {
  const missing: Issue = { code: "file.missing", at: shown(path), path: "", message: "there is no such file", fix: "name the YAML file of a machine" };
  const profile: Profile & Partial<MachineProfile> = parse(machineProps, read(path, missing), shown(path));
  return { ...profile, host: profile.host ?? "" };
}

const shown = (path: string): string => (isAbsolute(path) ? relative(process.cwd(), path) : path);

function read(path: string, missing: Issue): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new Issues([missing]);
  }
}

function parse(schema: Props<object>, source: string, at: string): Profile {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  const place = (offset: number | undefined): string => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${at}:${line.toString()}:${col.toString()}`;
  };
  const broken = document.errors.map((error): Issue => ({ code: "yaml.invalid", at: place(error.pos[0]), path: "", message: error.message.split("\n")[0] ?? "", fix: "" }));
  if (broken.length > 0) throw new Issues(broken);
  const profile = (document.toJS() ?? {}) as Json;
  const issues = checkProps(schema, profile, at).map(({ keys, ...issue }): Issue => ({ ...issue, at: place(offsetOf(document, keys)) }));
  if (issues.length > 0 || !isObject(profile)) throw new Issues(issues);
  return profile;
}

/** Where the deepest part of a path that exists begins. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly string[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1).map(indexOrKey), true);
    const key = path[length - 1];
    const pair = hasItems(parent) ? parent.items.find((item) => hasKey(item) && String(item.key.value) === key) : undefined;
    if (hasKey(pair) && pair.key.range) return pair.key.range[0];
    const node: unknown = document.getIn(path.slice(0, length).map(indexOrKey), true);
    if (isRanged(node)) return node.range[0];
  }
  return 0;
}

const indexOrKey = (part: string): string | number => (/^\d+$/.test(part) ? Number(part) : part);
const hasItems = (value: unknown): value is { readonly items: readonly unknown[] } => typeof value === "object" && value !== null && "items" in value && Array.isArray(value.items);
const hasKey = (value: unknown): value is { readonly key: { readonly value: unknown; readonly range?: readonly number[] } } =>
  typeof value === "object" && value !== null && "key" in value && typeof value.key === "object" && value.key !== null && "value" in value.key;
const isRanged = (value: unknown): value is { readonly range: readonly [number] } => typeof value === "object" && value !== null && "range" in value && Array.isArray(value.range);
