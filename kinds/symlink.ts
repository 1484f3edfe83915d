import { files, linkChange } from "#facts/files.ts";
import { localFiles, writerOf } from "#facts/local-files.ts";
import { defineKind, parentSubjects, pathSubject } from "#model/kind.ts";
import { pathRisk } from "#model/risk.ts";
import { path, propsOf, text } from "#model/schema.ts";
import { makeSymlink, restore } from "#model/step.ts";

/** Desired symbolic link, as written in a stack. */
export interface SymlinkProps {
  /** Absolute path of the link. */
  path: string;
  /** Where it points, absolute or relative to the link's directory; need not exist. */
  target: string;
}

const props = propsOf<SymlinkProps>()({
  path,
  target: text(/^[^-\p{Cc}][^\p{Cc}]*$/u, "a path without control characters; ./-name where it begins with -"),
});

/** Links in systemd's folder say what is on, masked or called otherwise; Debian 13 has one from the old place of the locale to the new. */
const OF_OTHERS = /^\/etc\/(systemd\/|default\/locale$)/;

/**
 * A symbolic link. A file or another link in its place is replaced, and comes back on undo; a directory is refused.
 *
 * @example Vim as the editor
 * ```ts
 * symlink("editor", { path: "/etc/alternatives/editor", target: "/usr/bin/vim.basic" });
 * ```
 */
export const symlink = defineKind({
  kind: "symlink",
  props,
  owns: (want) => [pathSubject(want.path)],
  needs: (want) => parentSubjects(want.path),
  risk: (want) => pathRisk(want.path),
  reads: (want) => ({ link: files(want.path) }),
  diff: (want, { link }) => linkChange("target", link, want.target),
  apply: (want) => [makeSymlink(want.path, want.target)],
  undo: (want) => [restore(want.path)],
  survey: {
    rest: true,
    reads: { etc: localFiles("/etc"), local: localFiles("/usr/local/bin") },
    items: ({ etc, local }) =>
      [...etc, ...local].flatMap(({ path: at, ...found }) => (found.type === "symlink" && !OF_OTHERS.test(at) && writerOf(at) === undefined ? [{ name: at, want: { path: at, target: found.target } }] : [])),
  },
});
