import { files, textChange } from "#facts/files.ts";
import { localFiles, plainText } from "#facts/local-files.ts";
import { unitProof, units } from "#facts/units.ts";
import { change } from "#model/change.ts";
import { defineKind, pathSubject } from "#model/kind.ts";
import { optional, propsOf, text } from "#model/schema.ts";
import { makeDirectory, remove, restore, run, writeFile } from "#model/step.ts";

/** Desired unit file or drop-in, as written in a stack. */
export interface SystemdUnitProps {
  /** The unit's full name: `backup.service`, `getty@.service`. */
  unit: string;
  /** The whole file, as systemd.unit(5) says. */
  content: string;
  /** Name of a drop-in that adds to a unit which is there, in place of the unit's own file. @defaultValue none */
  dropIn?: string;
}

const UNIT = /^[A-Za-z0-9:_][A-Za-z0-9:_.\\@-]*\.(service|socket|target|path|timer|mount|automount|swap|slice)$/;

const props = propsOf<SystemdUnitProps>()({
  unit: text(UNIT, "a unit's full name such as backup.service"),
  content: text(/^[^\0]*\n$/, "the text of a unit file, with a newline at its end"),
  dropIn: optional(text(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, "a name such as 50-memory, without .conf")),
});

const FOLDER = "/etc/systemd/system";
const folderPath = (want: SystemdUnitProps): string => (want.dropIn === undefined ? FOLDER : `${FOLDER}/${want.unit}.d`);
const filePath = (want: SystemdUnitProps): string => `${folderPath(want)}/${want.dropIn === undefined ? want.unit : `${want.dropIn}.conf`}`;

const RELOAD = run(["systemctl", "daemon-reload"], { running: true });

/**
 * A unit file of systemd in /etc/systemd/system, or a drop-in for a unit. systemd itself reads it before it is put in
 * place. Whether the unit is enabled and runs is said by `systemd-service`, which restarts it when the file changes.
 *
 * @example A job that a timer starts
 * ```ts
 * systemdUnit("backup", { unit: "backup.service", content: "[Service]\nType=oneshot\nExecStart=/usr/local/bin/backup\n" });
 * ```
 * @example Less memory for a service of the distribution
 * ```ts
 * systemdUnit("cron memory", { unit: "cron.service", dropIn: "50-memory", content: "[Service]\nMemoryMax=256M\n" });
 * ```
 */
export const systemdUnit = defineKind({
  kind: "systemd-unit",
  props,
  owns: (want) => [pathSubject(filePath(want))],
  needs: (want) => [pathSubject(folderPath(want))],
  risk: "connection",
  reads: (want) => ({ file: files(filePath(want)), folder: files(folderPath(want)), unit: units(want.unit) }),
  diff: (want, have) => [
    ...textChange("content", have.file, want.content),
    ...(have.unit.stale === true ? change("loaded", "an older version", "this version") : []),
  ],
  apply: (want, have) => [
    ...(have.folder.type === "absent" ? [makeDirectory(folderPath(want))] : []),
    writeFile(filePath(want), want.content, { prove: unitProof(want.unit, want.dropIn !== undefined) }),
    RELOAD,
  ],
  undo: (want, before) => [
    // What has no file any more does not run on; 5: it has none yet.
    ...(before.unit.startup === "" && want.dropIn === undefined && !want.unit.includes("@.") ? [run(["systemctl", "stop", want.unit], { running: true, exitCodes: [0, 5] })] : []),
    restore(filePath(want)), ...(before.folder.type === "absent" ? [remove(folderPath(want))] : []),
    RELOAD,
  ],
  survey: {
    reads: { all: localFiles(FOLDER) },
    items: ({ all }) =>
      all.flatMap((file) => {
        const [, unit = "", dropIn] = /^\/etc\/systemd\/system\/([^/]+?)(?:\.d\/([^/]+)\.conf)?$/.exec(file.path) ?? [];
        const content = plainText(file);
        if (content === undefined || unit === "" || !UNIT.test(unit)) return [];
        return [{ name: dropIn === undefined ? unit : `${unit} ${dropIn}`, want: { unit, content, ...(dropIn === undefined ? {} : { dropIn }) } }];
      }),
  },
});
