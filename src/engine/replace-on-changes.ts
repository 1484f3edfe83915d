import { Issues } from "#model/issue.ts";
import type { DiffKind, DiffResponse } from "#provider/contract.ts";
import { isWithin, parsePath } from "#provider/property-path.ts";

const asReplacement = (kind: DiffKind): DiffKind => (kind === "add" || kind === "delete" || kind === "update" ? `${kind}-replace` : kind);

/**
 * A difference in which what `replaceOnChanges` names makes the resource anew (pulumi pkg/resource/deploy, applyReplaceOnChanges).
 * Throws `Issues` for a path that cannot be read.
 */
export function withReplacements(diff: DiffResponse, replaceOnChanges: readonly string[], at: string): DiffResponse {
  if (diff.changes !== "some" || replaceOnChanges.length === 0) return diff;
  const patterns = replaceOnChanges.map((text) => {
    const path = parsePath(text);
    if (path === undefined || path.length === 0)
      throw new Issues([{ code: "path.invalid", at, path: "replaceOnChanges", message: `${JSON.stringify(text)} is not a property path`, fix: 'write it like spec.list[0], triggers[*] or tags["a.b"]' }]);
    return path;
  });
  const isNamed = (text: string): boolean => {
    const path = parsePath(text) ?? [text];
    return patterns.some((pattern) => isWithin(path, pattern));
  };
  const detailedDiff = Object.fromEntries(Object.entries(diff.detailedDiff).map(([path, change]) => [path, isNamed(path) ? { ...change, kind: asReplacement(change.kind) } : change]));
  return { ...diff, detailedDiff, replaces: [...new Set([...diff.replaces, ...diff.diffs.filter(isNamed)])] };
}
