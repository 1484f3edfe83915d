import { files, textChange } from "#facts/files.ts";
import { localFiles, plainText } from "#facts/local-files.ts";
import { unitProof, units } from "#facts/units.ts";
import { change } from "#model/change.ts";
import { defineKind, pathSubject } from "#model/kind.ts";
import { flag, optional, propsOf, text } from "#model/schema.ts";
import { restore, run, writeFile } from "#model/step.ts";

/** Desired timer, as written in a stack. */
export interface SystemdTimerProps {
  /** Unit to start when it fires: `backup.service`. The timer has its name. */
  unit: string;
  /** When to fire, as systemd.time(7) writes calendar events: `daily`, `Mon 03:00`. */
  onCalendar: string;
  /** Fire once at boot if a time was missed while the machine was off. @defaultValue false */
  persistent?: boolean;
  /** Fire up to this much later, so that many machines do not start at once: `30min`. @defaultValue none */
  randomizedDelay?: string;
}

const props = propsOf<SystemdTimerProps>()({
  unit: text(/^[A-Za-z0-9:_][A-Za-z0-9:_.\\@-]*\.service$/, "a service's full name such as backup.service"),
  onCalendar: text(/^[A-Za-z0-9*][A-Za-z0-9*:.,/~+ _-]*$/, "a calendar event such as daily or Mon 03:00"),
  persistent: optional(flag),
  randomizedDelay: optional(text(/^[0-9]+[a-zA-Z]*( ?[0-9]+[a-zA-Z]+)*$/, "a time span such as 30min")),
});

const timerName = (want: SystemdTimerProps): string => want.unit.replace(/\.service$/, ".timer");
const filePath = (want: SystemdTimerProps): string => `/etc/systemd/system/${timerName(want)}`;

const fileText = (want: SystemdTimerProps): string => `[Unit]
Description=Starts ${want.unit}

[Timer]
OnCalendar=${want.onCalendar}
Persistent=${want.persistent === true ? "yes" : "no"}
${want.randomizedDelay === undefined ? "" : `RandomizedDelaySec=${want.randomizedDelay}\n`}Unit=${want.unit}

[Install]
WantedBy=timers.target
`;

/** When a persistent timer last fired (systemd.timer(5)). */
const stampPath = (want: SystemdTimerProps): string => `/var/lib/systemd/timers/stamp-${timerName(want)}`;

const RELOAD = run(["systemctl", "daemon-reload"], { running: true });

/**
 * A timer of systemd that starts a service. It is enabled, and runs from the moment it is there.
 *
 * @example Nightly backup
 * ```ts
 * systemdTimer("backup", { unit: "backup.service", onCalendar: "03:00", persistent: true });
 * ```
 */
export const systemdTimer = defineKind({
  kind: "systemd-timer",
  props,
  owns: (want) => [`unit:${timerName(want)}`, pathSubject(filePath(want))],
  needs: (want) => ["package:*", `path:/etc/systemd/system/${want.unit}*`],
  risk: "none",
  reads: (want) => ({ file: files(filePath(want)), unit: units(timerName(want)) }),
  diff: (want, { file, unit }) => [
    ...textChange("file", file, fileText(want)),
    ...change("enabled", unit.startup === "enabled", true),
    ...(unit.active === undefined ? [] : change("running", unit.active === "active", true)),
    ...(unit.stale === true ? change("loaded", "an older version", "this version") : []),
  ],
  apply: (want, { unit }) => [
    ...(unit.startup === "masked" ? [run(["systemctl", "unmask", timerName(want)])] : []),
    writeFile(filePath(want), fileText(want), { prove: unitProof(timerName(want)) }),
    RELOAD,
    run(["systemctl", "enable", timerName(want)]),
    run(["systemctl", "restart", timerName(want)], { running: true }),
  ],
  undo(want, { unit: before }) {
    return [
      ...(before.active === "active" ? [] : [run(["systemctl", "stop", timerName(want)], { running: true, exitCodes: [0, 5] })]),
      // 1: an apply that failed early has not put the file there, or the timer is masked.
      ...(before.startup === "enabled" ? [] : [run(["systemctl", "disable", timerName(want)], { exitCodes: [0, 1] })]),
      restore(filePath(want)),
      ...(before.startup === "" ? [restore(stampPath(want))] : []),
      RELOAD,
      ...(before.active === "active" ? [run(["systemctl", "restart", timerName(want)], { running: true })] : []),
    ];
  },
  // Only what an item itself would write: any other timer is a `systemd-unit` and a `systemd-service`.
  survey: {
    reads: { all: localFiles("/etc/systemd/system") },
    items: ({ all }) =>
      all.flatMap((file) => {
        const text = plainText(file) ?? "";
        const field = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1];
        const [unit = "", onCalendar = "", randomizedDelay] = [field("Unit"), field("OnCalendar"), field("RandomizedDelaySec")];
        const want: SystemdTimerProps = { unit, onCalendar, ...(field("Persistent") === "yes" ? { persistent: true } : {}), ...(randomizedDelay === undefined ? {} : { randomizedDelay }) };
        return file.path === filePath(want) && text === fileText(want) ? [{ name: unit, want }] : [];
      }),
  },
});
