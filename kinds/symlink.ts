import { files, linkChange } from "#facts/files.ts";
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
});
