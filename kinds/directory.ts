import { commands, commandSubject } from "#facts/commands.ts";
import { files } from "#facts/files.ts";
import { missingFolders } from "#facts/missing-folders.ts";
import { localFiles, writerOf } from "#facts/local-files.ts";
import { change } from "#model/change.ts";
import { defineKind, parentSubjects, pathSubject } from "#model/kind.ts";
import { pathRisk } from "#model/risk.ts";
import { account, mode, optional, path, propsOf } from "#model/schema.ts";
import { makeDirectory, remove, restore } from "#model/step.ts";

/** Desired directory, as written in a stack. */
export interface DirectoryProps {
  /** Absolute path. */
  path: string;
  /** Permission bits in octal. @defaultValue `0755` */
  mode?: string;
  /** User name. @defaultValue `root` */
  owner?: string;
  /** Group name. @defaultValue `root` */
  group?: string;
}

const props = propsOf<DirectoryProps>()({
  path,
  mode: optional(mode),
  owner: optional(account),
  group: optional(account),
});

const ownership = (want: DirectoryProps) => ({
  mode: (want.mode ?? "0755").padStart(4, "0"),
  owner: want.owner ?? "root",
  group: want.group ?? "root",
});

/**
 * A directory with this owner and mode; folders above it that are missing are made. What is in it does not matter, and is
 * never removed: undo of a directory that was not there before removes it, and what was made above it, only when it is empty.
 *
 * @example A place for backups that only root may read
 * ```ts
 * directory("backups", { path: "/srv/backups", mode: "0700" });
 * ```
 */
export const directory = defineKind({
  kind: "directory",
  props,
  owns: (want) => [pathSubject(want.path)],
  needs: (want) => [...parentSubjects(want.path), `user:${want.owner ?? "root"}`, `group:${want.group ?? "root"}`],
  risk: (want) => pathRisk(want.path),
  reads: (want) => ({ directory: files(want.path), missing: missingFolders(want.path) }),
  diff: (want, { directory: have }) => {
    if (have.type !== "directory") return change("type", have.type, "directory");
    const { mode, owner, group } = ownership(want);
    return [...change("mode", have.mode, mode), ...change("owner", have.owner, owner), ...change("group", have.group, group)];
  },
  apply: (want, { directory: have }) => [
    ...(have.type === "absent" || have.type === "directory" ? [] : [remove(want.path)]),
    makeDirectory(want.path, ownership(want)),
  ],
  undo(want, { directory: before, missing }) {
    if (before.type === "directory") return [makeDirectory(want.path, before)];
    return before.type === "absent" ? [want.path, ...missing].map(remove) : [remove(want.path), restore(want.path)];
  },
  survey: {
    rest: true,
    reads: { etc: localFiles("/etc"), data: commands(commandSubject(["find", "/opt", "/srv", "-mindepth", "1", "-maxdepth", "1"], { output: true })) },
    items: ({ etc, data }) => [
      ...etc.flatMap(({ type, path: at, mode: bits, owner, group }) =>
        type === "directory" && writerOf(at) === undefined ? [{ name: at, want: { path: at, ...(bits === "0755" ? {} : { mode: bits }), ...(owner === "root" ? {} : { owner }), ...(group === "root" ? {} : { group }) } }] : [],
      ),
      ...(data?.stdout ?? "").split("\n").flatMap((at) => (at === "" ? [] : [{ name: at, why: "what is below /opt and /srv is not looked at" }])),
    ],
  },
});
