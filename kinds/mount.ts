import { files, linkChange, textChange } from "#facts/files.ts";
import { missingFolders } from "#facts/missing-folders.ts";
import { mounts } from "#facts/mounts.ts";
import { change } from "#model/change.ts";
import { defineKind, parentSubjects, pathSubject } from "#model/kind.ts";
import { list, optional, propsOf, text } from "#model/schema.ts";
import { makeDirectory, makeSymlink, remove, restore, run, writeFile } from "#model/step.ts";
import { unitOfPath } from "#model/unit-name.ts";

/** Desired mount, as written in a stack. */
export interface MountProps {
  /** What is mounted: a device, `UUID=…`, `server:/path`, a directory (with option `bind`), or `tmpfs`. */
  what: string;
  /** Where: an absolute path. Made where it is missing. */
  where: string;
  /** File system type: `ext4`, `tmpfs`, `nfs4`. @defaultValue what the device holds */
  type?: string;
  /** mount(8) options, one each: `noatime`, `size=50%`. */
  options?: readonly string[];
}

const props = propsOf<MountProps>()({
  what: text(/^(?!-)[^\s"'\\\p{Cc}]+$/u, "a device, UUID=…, server:/path, a directory or tmpfs, without blanks"),
  where: text(/^(\/(?!\.{1,2}(\/|$))[^/\s"'\\\p{Cc}]+)+$/u, "an absolute path without blanks, quotes, `..` or `//`"),
  type: optional(text(/^[a-z0-9][a-z0-9.]*$/, "a file system type such as ext4")),
  options: optional(list(text(/^[^\s,"'\\\p{Cc}]+$/u, "one mount option without comma or blank"))),
});

const UNITS = "/etc/systemd/system";
const unit = (want: MountProps): string => unitOfPath(want.where, "mount");
const unitPath = (want: MountProps): string => `${UNITS}/${unit(want)}`;
const isRemote = (want: MountProps): boolean => /^(nfs4?|cifs|smb3|ceph|glusterfs)$/.test(want.type ?? "") || (want.options ?? []).includes("_netdev");
const wantsFolder = (want: MountProps): string => `${UNITS}/${isRemote(want) ? "remote-fs" : "local-fs"}.target.wants`;
const wantsLink = (want: MountProps): string => `${wantsFolder(want)}/${unit(want)}`;

/** A lone % begins a specifier in a unit file (systemd.unit(5)). */
const plain = (word: string): string => word.replaceAll("%", "%%");

function unitText(want: MountProps): string {
  const options = (want.options ?? []).join(",");
  return [
    "[Unit]",
    `Description=Mount of ${plain(want.what)} at ${plain(want.where)}`,
    "",
    "[Mount]",
    `What=${plain(want.what)}`,
    `Where=${plain(want.where)}`,
    ...(want.type === undefined ? [] : [`Type=${want.type}`]),
    ...(options === "" ? [] : [`Options=${plain(options)}`]),
    "",
    "[Install]",
    `WantedBy=${isRemote(want) ? "remote-fs" : "local-fs"}.target`,
    "",
  ].join("\n");
}

/** What the kernel shows once it is mounted, as far as it can be known before. */
const wantedType = (want: MountProps): string | undefined => (want.type === "none" || want.type === "auto" ? undefined : want.type);

/**
 * A file system, mounted now and at every boot by a systemd mount unit. A change of options alone is a remount; a change of
 * what is mounted unmounts first, and fails while the mount is in use. At boot a missing device is waited for and reported, but does
 * not stop the machine.
 *
 * @example Scratch space in memory
 * ```ts
 * mount("scratch", { what: "tmpfs", where: "/srv/scratch", type: "tmpfs", options: ["size=64m", "mode=1777"] });
 * ```
 */
export const mount = defineKind({
  kind: "mount",
  props,
  owns: (want) => [`mount:${want.where}`, `unit:${unit(want)}`, pathSubject(unitPath(want))],
  needs: (want) => [...parentSubjects(want.where), pathSubject(want.where)],
  risk: "connection",
  reads: (want) => ({
    unit: files(unitPath(want)),
    folder: files(wantsFolder(want)),
    link: files(wantsLink(want)),
    mounted: mounts(want.where),
    point: files(want.where),
    missing: missingFolders(want.where),
  }),
  diff: (want, have) => [
    ...textChange("unit", have.unit, unitText(want)),
    ...linkChange("enabled", have.link, unitPath(want)),
    ...(have.mounted === undefined ? [] : change("mounted", have.mounted?.type, wantedType(want) ?? have.mounted?.type ?? "any type")),
  ],
  apply(want, have) {
    const remounts = have.mounted?.source === want.what && have.mounted.type === want.type;
    return [
      ...(have.folder.type === "absent" ? [makeDirectory(wantsFolder(want))] : []),
      writeFile(unitPath(want), unitText(want)),
      makeSymlink(wantsLink(want), unitPath(want)),
      run(["systemctl", "daemon-reload"], { running: true }),
      run(["systemctl", remounts ? "reload-or-restart" : "restart", unit(want)], { running: true }),
    ];
  },
  undo: (want, before) => [
    ...(before.mounted === null ? [run(["systemctl", "stop", unit(want)], { running: true, exitCodes: [0, 5] })] : []),
    restore(wantsLink(want)),
    restore(unitPath(want)),
    run(["systemctl", "daemon-reload"], { running: true }),
    ...(before.mounted && before.unit.type === "file" ? [run(["systemctl", "reload-or-restart", unit(want)], { running: true })] : []),
    ...(before.folder.type === "absent" ? [remove(wantsFolder(want))] : []),
    ...(before.point.type === "absent" ? [want.where, ...before.missing].map(remove) : []),
  ],
});
