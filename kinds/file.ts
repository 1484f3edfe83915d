import { createHash } from "node:crypto";
import { files } from "#facts/files.ts";
import { change } from "#model/change.ts";
import { defineKind, parentSubjects, pathSubject } from "#model/kind.ts";
import { pathRisk } from "#model/risk.ts";
import { account, mode, oneOf, optional, path, propsOf, text } from "#model/schema.ts";
import { restore, writeFile } from "#model/step.ts";

/** Desired file, as written in a stack. */
export interface FileProps {
  /** Absolute path. */
  path: string;
  /** The whole content, as text or in base64. May be a secret. */
  content: string;
  /** How `content` is written. @defaultValue `utf8` */
  encoding?: "utf8" | "base64";
  /** Permission bits in octal. @defaultValue `0644` */
  mode?: string;
  /** User name. @defaultValue `root` */
  owner?: string;
  /** Group name. @defaultValue `root` */
  group?: string;
}

const props = propsOf<FileProps>()({
  path,
  content: text(),
  encoding: optional(oneOf("utf8", "base64")),
  mode: optional(mode),
  owner: optional(account),
  group: optional(account),
});

const digestOf = (want: FileProps): string =>
  createHash("sha256")
    .update(Buffer.from(want.content, want.encoding ?? "utf8"))
    .digest("hex");

const bits = (want: FileProps): string => (want.mode ?? "0644").padStart(4, "0");

/**
 * A regular file with exactly this content, owner and mode. Replaced as a whole, never edited in place.
 *
 * @example A message of the day
 * ```ts
 * file("motd", { path: "/etc/motd", content: "Welcome home.\n" });
 * ```
 */
export const file = defineKind({
  kind: "file",
  props,
  owns: (want) => [pathSubject(want.path)],
  needs: (want) => [...parentSubjects(want.path), `user:${want.owner ?? "root"}`, `group:${want.group ?? "root"}`],
  risk: (want) => pathRisk(want.path),
  reads: (want) => ({ file: files(want.path) }),
  diff: (want, { file: have }) =>
    have.type === "file"
      ? [
          ...change("content", `sha256:${have.digest}`, `sha256:${digestOf(want)}`),
          ...change("mode", have.mode, bits(want)),
          ...change("owner", have.owner, want.owner ?? "root"),
          ...change("group", have.group, want.group ?? "root"),
        ]
      : change("type", have.type, "file"),
  apply: (want) => [
    writeFile(want.path, want.content, {
      encoding: want.encoding ?? "utf8",
      mode: bits(want),
      owner: want.owner ?? "root",
      group: want.group ?? "root",
    }),
  ],
  undo: (want) => [restore(want.path)],
});
