import { unitChoices } from "#facts/unit-choices.ts";
import { units } from "#facts/units.ts";
import type { UnitState } from "#facts/units.ts";
import { change } from "#model/change.ts";
import { defineKind, means, pathSubject } from "#model/kind.ts";
import { list, oneOf, optional, propsOf, text } from "#model/schema.ts";
import { run } from "#model/step.ts";
import type { Run, Step } from "#model/step.ts";

/** Desired state of a unit that is there, as written in a stack. */
export interface SystemdServiceProps {
  /** The unit's full name: `ssh.service`, `podman.socket`. */
  unit: string;
  /** Whether it starts at boot; a masked unit is not started by anything. @defaultValue `enabled` */
  startup?: "enabled" | "disabled" | "masked";
  /** Whether it runs now. `any`: not looked at, for units that end by themselves or are started by others. @defaultValue `running` */
  state?: "running" | "stopped" | "any";
  /** Paths, or subjects such as `package:nginx`, whose change restarts it; `*` at the end stands for anything. Its own unit file is always one. */
  restartOn?: readonly string[];
  /** The same, for changes that ask for a reload only. */
  reloadOn?: readonly string[];
}

const subjects = list(text(/^(\/|[a-z-]+:)[^\p{Cc}]+$/u, "an absolute path, or a subject such as package:nginx"));

const props = propsOf<SystemdServiceProps>()({
  unit: text(/^[A-Za-z0-9:_][A-Za-z0-9:_.\\@-]*\.(service|socket|target|path|timer|mount|automount|swap|slice)$/, "a unit's full name such as ssh.service"),
  startup: optional(oneOf("enabled", "disabled", "masked")),
  state: optional(oneOf("running", "stopped", "any")),
  restartOn: optional(subjects),
  reloadOn: optional(subjects),
});

/** Units that start neither at boot nor not: they have no [Install], or another tool decides. */
const FIXED = ["static", "indirect", "generated", "alias", "transient"];

const startupOf = (want: SystemdServiceProps) => want.startup ?? "enabled";
const stateOf = (want: SystemdServiceProps) => want.state ?? "running";
/** Units that others hang on: targets, logins, the network and what filters it. */
const VITAL = /\.(target|mount|automount|swap|slice)$|^(ssh|dbus|network|NetworkManager|systemd-|wpa|dhcp|ifup|wg-quick|openvpn|tailscale|nftables|iptables|netfilter|ufw|firewall|fail2ban|crowdsec|sssd|nscd|nslcd|polkit|apparmor|getty|user@)/;

/** To start something more, that is no way in and none out, cuts nothing. */
const isHarmless = (want: SystemdServiceProps): boolean => startupOf(want) === "enabled" && stateOf(want) !== "stopped" && !VITAL.test(want.unit);

const subjectOf = (text: string): string => (text.startsWith("/") ? pathSubject(text) : text);

/** Where the unit itself is written: its file, its template, its drop-ins. */
const unitFiles = ({ unit }: SystemdServiceProps): readonly string[] => {
  const template = unit.replace(/@[^.]+\./, "@.");
  return [...new Set([unit, template])].flatMap((name) => [`path:/etc/systemd/system/${name}`, `path:/etc/systemd/system/${name}.d/*`]);
};

const restarting = (want: SystemdServiceProps): readonly string[] => [...unitFiles(want), ...(want.restartOn ?? []).map(subjectOf)];
const reloading = (want: SystemdServiceProps): readonly string[] => (want.reloadOn ?? []).map(subjectOf);

/** In the words of `startup`. */
function startupIs(have: UnitState): string | undefined {
  if (have.startup.startsWith("masked")) return "masked";
  return have.startup === "" ? undefined : have.startup === "linked" ? "disabled" : have.startup;
}

const isStartup = (want: SystemdServiceProps, have: UnitState): boolean => {
  const is = startupIs(have);
  return is === startupOf(want) || (startupOf(want) !== "masked" && FIXED.includes(is ?? "")) || (startupOf(want) === "disabled" && is === undefined);
};

const isRunning = (have: UnitState): boolean => ["active", "reloading", "refreshing", "activating"].includes(have.active ?? "");

const isState = (want: SystemdServiceProps, have: UnitState): boolean =>
  have.active === undefined || stateOf(want) === "any" || isRunning(have) === (stateOf(want) === "running");

const systemctl = (verb: string, unit: string, options: Pick<Run, "running" | "exitCodes"> = {}): Step => run(["systemctl", verb, unit], options);

/** From masked or not to enabled, disabled or masked. */
const startupSteps = (unit: string, isMasked: boolean, to: "enabled" | "disabled" | "masked", exitCodes: readonly number[] = [0]): readonly Step[] =>
  to === "masked"
    ? [systemctl("mask", unit)]
    : [...(isMasked ? [systemctl("unmask", unit)] : []), systemctl(to === "enabled" ? "enable" : "disable", unit, { exitCodes })];

/** It shall not start, or not run. */
const isOff = (want: SystemdServiceProps): boolean => startupOf(want) !== "enabled" || stateOf(want) === "stopped";

/** 1 and 5: no package brought it. */
const off = (want: SystemdServiceProps): readonly Step[] => [
  ...(startupOf(want) === "disabled" ? [systemctl("disable", want.unit, { exitCodes: [0, 1] })] : []),
  ...(stateOf(want) === "stopped" ? [systemctl("stop", want.unit, { running: true, exitCodes: [0, 1, 5] })] : []),
];

/**
 * Whether a unit of systemd starts at boot and runs now. The unit itself comes from a package or a `systemd-unit`, and
 * goes first. It is restarted or reloaded, once, at the end, when something it depends on changed.
 *
 * A unit without an [Install] section can be neither enabled nor disabled; that is no difference.
 *
 * @example The web server, restarted when its configuration changes
 * ```ts
 * systemdService("nginx", { unit: "nginx.service", restartOn: ["/etc/nginx/*"] });
 * ```
 * @example No printing
 * ```ts
 * systemdService("no printing", { unit: "cups.service", startup: "masked", state: "stopped" });
 * ```
 */
export const systemdService = defineKind({
  kind: "systemd-service",
  props,
  owns: (want) => [`unit:${want.unit}`],
  needs: (want) => ["package:*", "group:*", "user:*", ...restarting(want), ...reloading(want)],
  risk: (want) => (isHarmless(want) ? "none" : "connection"),
  reads: (want) => ({ unit: units(want.unit) }),
  watches: (want) => [...restarting(want), ...reloading(want), ...(isOff(want) ? ["package:*"] : [])],
  react(want, { unit: have }, changed = []) {
    // A unit that is to be off, and comes only now with a package that enables and starts it.
    if (isOff(want) && have.startup === "") return off(want);
    // A unit that did not run is restarted by apply, after all that it needs.
    if (!isRunning(have) || stateOf(want) === "stopped") return [];
    const isRestart = changed.some((subject) => restarting(want).some((pattern) => means(pattern, subject)));
    // 5: the unit went away with what was undone.
    return [systemctl(isRestart ? "try-restart" : "try-reload-or-restart", want.unit, { running: true, exitCodes: [0, 5] })];
  },
  diff: (want, { unit: have }) => [
    ...(isStartup(want, have) ? [] : change("startup", startupIs(have), startupOf(want))),
    ...(isState(want, have) ? [] : change("state", have.active, stateOf(want))),
  ],
  apply(want, { unit: have }) {
    const isMasked = startupIs(have) === "masked";
    const stop = isState(want, have) || stateOf(want) !== "stopped" ? [] : [systemctl("stop", want.unit, { running: true })];
    const start = isState(want, have) || stateOf(want) !== "running" ? [] : [systemctl("restart", want.unit, { running: true })];
    return [...stop, ...(isStartup(want, have) ? [] : startupSteps(want.unit, isMasked, startupOf(want))), ...start];
  },
  undo(want, { unit: before }) {
    const wasRunning = isRunning(before);
    const was = startupIs(before);
    const stop = stateOf(want) === "running" && !wasRunning ? [systemctl("stop", want.unit, { running: true, exitCodes: [0, 5] })] : [];
    const start = stateOf(want) === "stopped" && wasRunning ? [systemctl("start", want.unit, { running: true })] : [];
    const isMasked = startupOf(want) === "masked";
    if (isStartup(want, before)) return [...stop, ...start];
    if (was !== undefined && FIXED.includes(was)) return [...stop, systemctl("unmask", want.unit), ...start];
    // 1: a unit that was not there before is perhaps gone already.
    const back = startupSteps(want.unit, isMasked, was === "masked" || was === "enabled" ? was : "disabled", was === undefined ? [0, 1] : [0]);
    return [...stop, ...back, ...start];
  },
  survey: {
    reads: { all: unitChoices("all") },
    items: ({ all }) =>
      all.map(({ unit, startup, active }) => {
        const state = startup === "enabled" && active === "active" ? "running" : startup === "masked" && active !== "active" ? "stopped" : "any";
        return { name: unit, want: { unit, startup, state } };
      }),
  },
});
