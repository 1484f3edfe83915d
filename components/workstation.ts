import { ComponentResource, output, secret } from "@pulumi/pulumi";
import type { ComponentResourceOptions } from "@pulumi/pulumi";
import type { Host } from "#components/host.ts";
import { Layer } from "#components/layer.ts";
import { SSHD_KEYWORDS } from "#facts/sshd-settings.ts";
import { authorizedKey } from "#kinds/authorized-key.ts";
import { file } from "#kinds/file.ts";
import { hostname } from "#kinds/hostname.ts";
import { localeAndTimezone } from "#kinds/locale-and-timezone.ts";
import { nftablesTable } from "#kinds/nftables-table.ts";
import { packageKind } from "#kinds/package.ts";
import { sshdSetting } from "#kinds/sshd-setting.ts";
import { sudoRule } from "#kinds/sudo-rule.ts";
import { sysctl } from "#kinds/sysctl.ts";
import { systemdService } from "#kinds/systemd-service.ts";
import { user } from "#kinds/user.ts";
import { checkProps } from "#model/check-props.ts";
import { Issues } from "#model/issue.ts";
import type { Issue } from "#model/issue.ts";
import type { Item } from "#model/kind.ts";
import { isList, isObject } from "#model/value.ts";
import type { Json } from "#model/value.ts";
import { readProfile } from "#profiles/profile-file.ts";
import { fromProject } from "#provider/from-project.ts";
import { props } from "#profiles/profile.ts";
import type { Profile, ProfileFile, ProfileFirewall, ProfileUser } from "#profiles/profile.ts";

/** What a workstation is declared with. */
export interface WorkstationArgs {
  /** The machine. */
  host: Host;
  /** A profile's name, or the path of its file, which begins where Pulumi.yaml is. @defaultValue none */
  profile?: string;
  /** Choices on top of the profile's: single values replace, lists and maps join. */
  settings?: Profile;
  /** Further items of any kind; their values may be secrets and outputs. */
  items?: readonly Item[];
}

/**
 * A machine fit for daily work: people with their keys, packages, services, sshd, a firewall, kernel parameters, security
 * updates, time and language. One layer, applied as one transaction.
 *
 * @example A desk with the desktop profile and a person of its own
 * ```ts
 * const host = new Host("desk", { connection: { via: "ssh", address: "desk.home" } });
 * new Workstation("desk", { host, profile: "desktop", settings: { users: { grace: { sudo: "password" } } } });
 * ```
 */
export class Workstation extends ComponentResource {
  /** What was put on the host. */
  readonly layer: Layer;

  /** What is wrong with the profile or the settings is told with all other mistakes of the stack. */
  constructor(name: string, { host, profile, settings = {}, items = [] }: WorkstationArgs, options: ComponentResourceOptions = {}) {
    super("steading:component:Workstation", name, {}, options);
    const { choices, mistakes } = choose(name, profile, settings);
    this.layer = new Layer(name, { host: host.connection, items: [...itemsOf(choices, host), ...items], mistakes }, { parent: this });
    this.registerOutputs();
  }
}

/** The settings on top of the profile, or what is wrong with them. */
function choose(name: string, profile: string | undefined, settings: Profile): { readonly choices: Profile; readonly mistakes: readonly Issue[] } {
  const wrong = checkProps(props, settings as Json, `workstation ${name}`).map(({ keys: _, ...issue }): Issue => issue);
  try {
    const under = profile === undefined ? {} : readProfile(profile, fromProject("."));
    return wrong.length > 0 ? { choices: {}, mistakes: wrong } : { choices: merge(under as Json, settings as Json) as Profile, mistakes: [] };
  } catch (error) {
    if (!(error instanceof Issues)) throw error;
    return { choices: {}, mistakes: [...error.issues, ...wrong] };
  }
}

/** `over` on top of `under`: single values replace, lists join without repetition, maps join by key. */
export function merge(under: Json, over: Json): Json {
  if (isList(under) && isList(over)) return [...new Set([...under, ...over])];
  if (!isObject(under) || !isObject(over)) return over;
  const shared = Object.entries(over).map(([key, value]): [string, Json] => [key, under[key] === undefined ? value : merge(under[key], value)]);
  return { ...under, ...Object.fromEntries(shared) };
}

/** The items that a profile comes to. */
function itemsOf(profile: Profile, host: Host): readonly Item[] {
  const { timezone, locale, users = {}, services = {}, sshd = {}, sysctls = {}, files = {} } = profile;
  return [
    ...packagesOf(profile).map((name) => packageKind(name, { package: name })),
    ...(profile.hostname === undefined ? [] : [hostname("name", { hostname: profile.hostname })]),
    ...(timezone === undefined && locale === undefined ? [] : [localeAndTimezone("here", { timezone: timezone ?? "Etc/UTC", locale: locale ?? "C.UTF-8" })]),
    ...(profile.securityUpdates === true ? [file("automatic-updates", { path: "/etc/apt/apt.conf.d/20auto-upgrades", content: AUTO_UPGRADES })] : []),
    ...(profile.timeSync === true ? [systemdService("systemd-timesyncd.service", { unit: "systemd-timesyncd.service", state: "any" })] : []),
    ...Object.entries(users).flatMap(([name, person]) => userItems(name, person)),
    ...Object.entries(services).map(([unit, { enabled = true, running = true }]) => systemdService(unit, { unit, startup: enabled ? "enabled" : "disabled", state: running ? "running" : "stopped" })),
    ...SSHD_KEYWORDS.flatMap((setting) => (sshd[setting] === undefined ? [] : [sshdSetting(setting, { setting, value: String(sshd[setting]) })])),
    ...Object.entries(sysctls).map(([key, value]) => sysctl(key, { key, value })),
    ...Object.entries(files).map(([path, want]) => file(path, { path, ...want, content: isPrivate(want) ? secret(want.content) : want.content })),
    ...(profile.firewall === undefined ? [] : [firewall(profile.firewall, sshd["Port"], host)]),
  ];
}

/** The packages that are named, and those that the other choices need. */
function packagesOf({ packages = [], timezone, locale, securityUpdates, timeSync, users = {}, firewall: wall }: Profile): readonly string[] {
  const needed = [
    ...(timezone !== undefined || locale !== undefined ? ["tzdata"] : []),
    ...(locale !== undefined && locale !== "C.UTF-8" ? ["locales"] : []),
    ...(securityUpdates === true ? ["unattended-upgrades"] : []),
    ...(timeSync === true ? ["systemd-timesyncd"] : []),
    ...(Object.values(users).some(({ sudo = "no" }) => sudo !== "no") ? ["sudo"] : []),
    ...(wall === undefined ? [] : ["nftables"]),
  ];
  return [...new Set([...packages, ...needed])];
}

/** unattended-upgrades(8): lists and security updates, daily. */
const AUTO_UPGRADES = 'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n';

/** What others may not read is a secret. */
const isPrivate = ({ mode = "0644" }: ProfileFile): boolean => mode.endsWith("0");

/** A key's comment up to its first blank, else its end; both where a key before it has that comment as well. */
function keyName(key: string, before: readonly string[]): string {
  const [comment, end] = [commentOf(key), key.split(" ")[1]?.slice(-12) ?? ""];
  if (comment === undefined) return end;
  return before.some((other) => commentOf(other) === comment) ? `${comment} ${end}` : comment;
}

const commentOf = (key: string): string | undefined => key.split(" ")[2];

function userItems(name: string, { comment, shell = "/bin/bash", groups = [], keys = [], sudo = "no" }: ProfileUser): readonly Item[] {
  return [
    user(name, { name, shell, groups, ...(comment === undefined ? {} : { comment }) }),
    ...[...new Set(keys)].map((key, index, all) => authorizedKey(`${name} ${keyName(key, all.slice(0, index))}`, { user: name, key })),
    ...(sudo === "no" ? [] : [sudoRule(name, { name: `steading-${name}`, user: name, commands: ["ALL"], runAs: "ALL", noPassword: sudo === "no-password" })]),
  ];
}

/** Ping, and what IP itself needs to work (RFC 4890); by type, as protocol names need a file that small systems lack. */
const ICMP = "icmp type { destination-unreachable, echo-request, time-exceeded, parameter-problem } accept";
const ICMPV6 =
  "icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request, mld-listener-query, mld-listener-report, mld-listener-done, nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, mld2-listener-report } accept";

/** Everything but the declared ports is dropped; the port that Steading and people come in by is never forgotten. */
function firewall({ allow = [] }: ProfileFirewall, sshdPort: string | number | undefined, host: Host): Item {
  const ssh = output(host.connection).apply((to) => [...new Set([...(to.via === "ssh" ? [to.port ?? 22] : []), Number(sshdPort ?? 22)])]);
  return nftablesTable("firewall", {
    name: "steading",
    chains: {
      input: {
        hook: "input",
        policy: "drop",
        rules: [
          "ct state established,related accept",
          "ct state invalid drop",
          "iif lo accept",
          ICMP,
          ICMPV6,
          { protocol: "tcp", ports: ssh },
          ...allow.map(({ protocol = "tcp" as const, ports, from }) => ({ protocol, ports, ...(from === undefined ? {} : { from }) })),
        ],
      },
    },
  });
}
