import { createHash } from "node:crypto";
import { files } from "#facts/files.ts";
import { LARGEST_READ, localFiles, textOf, writerOf } from "#facts/local-files.ts";
import type { LocalFile } from "#facts/local-files.ts";
import { change } from "#model/change.ts";
import { defineKind, parentSubjects, pathSubject } from "#model/kind.ts";
import type { Found } from "#model/kind.ts";
import { pathRisk } from "#model/risk.ts";
import { account, mode, oneOf, optional, path, propsOf, text } from "#model/schema.ts";
import { looksSecret, MAY_BE_SECRET } from "#model/secret-look.ts";
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

/** Files that come with a fresh system and say nothing. */
const BLANK = /^\/etc\/(apparmor\.d\/local\/.*|default\/locale|environment|fstab|hosts\.allow|hosts\.deny|locale\.gen|modules)$/;

/** A file of which others may read nothing, and whose name says why. */
const isNamedSecret = (at: string): boolean => /[^/]*(secret|passw|cred|token|key|auth)[^/]*$/i.test(at);

/** A file as it would be declared, or why it is left out. */
function asFound(found: LocalFile & { readonly type: "file" }): readonly Found<FileProps>[] {
  const { path: at, mode: bits, owner, group, bytes } = found;
  const leave = (why: string, name = at): readonly Found<FileProps>[] => [{ name, why, subject: pathSubject(at) }];
  const writer = writerOf(at);
  if (writer !== undefined) return leave(writer.why, writer.together);
  if (bytes === undefined) return leave(`it has more than ${LARGEST_READ.toString()} bytes`);
  const content = textOf(found);
  if (content === undefined) return leave("it is no text");
  if (BLANK.test(at) && /^(\s*(#.*)?\n)*$/.test(content)) return [];
  const isPrivate = (Number.parseInt(bits, 8) & 0o004) === 0;
  if (looksSecret(content, isPrivate) || (isPrivate && isNamedSecret(at))) return leave(MAY_BE_SECRET);
  return [{ name: at, want: { path: at, content, ...(bits === "0644" ? {} : { mode: bits }), ...(owner === "root" ? {} : { owner }), ...(group === "root" ? {} : { group }) } }];
}

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
  survey: {
    rest: true,
    reads: { etc: localFiles("/etc"), bin: localFiles("/usr/local/bin"), sbin: localFiles("/usr/local/sbin"), own: localFiles("/usr/local/etc"), cron: localFiles("/var/spool/cron/crontabs") },
    items: ({ etc, bin, sbin, own, cron }) => [...etc, ...bin, ...sbin, ...own, ...cron].flatMap((found) => (found.type === "file" ? asFound(found) : [])),
  },
});
