import { createHash } from "node:crypto";
import { change } from "#model/change.ts";
import type { Difference } from "#model/change.ts";
import { defineFact } from "#model/fact.ts";

/** What is at a path now. */
export type FileState =
  | { readonly type: "absent" }
  | (Ownership & { readonly type: "file"; readonly size: number; /** SHA-256 in hex. */ readonly digest: string })
  | (Ownership & { readonly type: "directory" })
  | (Ownership & { readonly type: "symlink"; readonly target: string })
  | (Ownership & { readonly type: "other" });

interface Ownership {
  /** Permission bits in octal, four digits. */
  readonly mode: string;
  /** User name; its number where it has no name. */
  readonly owner: string;
  readonly group: string;
}

/** SHA-256 of nothing: what the `digest` of an empty file is. */
export const EMPTY_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const types: Readonly<Record<number, "file" | "directory" | "symlink">> = { 0o100000: "file", 0o040000: "directory", 0o120000: "symlink" };

/** Names by number, as stat prints them; a number that has no name is left out. */
function ownerNames(output: string): { readonly users: ReadonlyMap<string, string>; readonly groups: ReadonlyMap<string, string> } {
  const rows = output.split("\n").map((line) => line.split(" "));
  const named = (from: number) => new Map(rows.flatMap((row) => (row[from] === undefined || row[from + 1] === undefined || row[from + 1] === "UNKNOWN" ? [] : [[row[from], row[from + 1] ?? ""]])));
  return { users: named(0), groups: named(2) };
}

/**
 * Type, mode, owner and digest of paths; symlinks are not followed.
 *
 * One stat(1) for all; it looks up a name for each path, so names are asked for once per pair of owner and group. Only what
 * stat calls a regular file is hashed, so a FIFO or device never blocks.
 */
export const files = defineFact<FileState>({
  fact: "files",
  script: `
stats=$(printf '%s\\0' "$@" | xargs -0 stat -c '%f %u %g %s %n' -- 2>/dev/null)
lines() { printf '%s\\n' "$stats"; }
paths() { lines | sed -n "s/^$1[0-9a-f]* [0-9]* [0-9]* [0-9]* //p" | tr '\\n' '\\0'; }
lines
echo --
lines | awk 'NF > 4 && !seen[$2 " " $3]++ { sub(/^[^ ]* [^ ]* [^ ]* [^ ]* /, ""); print }' | tr '\\n' '\\0' | xargs -0 -r stat -c '%u %U %g %G' -- 2>/dev/null
echo --
paths 8 | xargs -0 -r sha256sum -- 2>/dev/null
echo --
paths a | xargs -0 -r sh -c 'for link do printf "%s\\0%s\\0" "$link" "$(readlink "$link")"; done' _
`,
  parse(output, subjects) {
    const [stats = "", owners = "", sums = "", links = ""] = output.split(/^--\n/m);
    const names = ownerNames(owners);
    const digests = new Map(
      sums.split("\n").flatMap((line) => {
        const match = /^\\?([0-9a-f]{64}) [ *](.*)$/.exec(line);
        return match?.[1] === undefined || match[2] === undefined ? [] : [[line.startsWith("\\") ? match[2].replaceAll("\\\\", "\\") : match[2], match[1]]];
      }),
    );
    const parts = links.split("\0");
    const targets = new Map(parts.flatMap((part, index) => (index % 2 === 0 && index + 1 < parts.length ? [[part, parts[index + 1] ?? ""]] : [])));
    const found = new Map<string, FileState>(subjects.map((path) => [path, { type: "absent" }]));
    for (const line of stats.split("\n")) {
      if (line === "") continue;
      const match = /^([0-9a-f]+) (\d+) (\d+) (\d+) (.*)$/.exec(line);
      if (!match) throw new Error(`stat printed ${JSON.stringify(line)}`);
      const [, raw = "", uid = "", gid = "", size = "", path = ""] = match;
      const bits = Number.parseInt(raw, 16);
      const type = types[bits & 0o170000] ?? "other";
      const ownership = { mode: (bits & 0o7777).toString(8).padStart(4, "0"), owner: names.users.get(uid) ?? uid, group: names.groups.get(gid) ?? gid };
      if (type === "file") {
        const digest = digests.get(path);
        if (digest === undefined) throw new Error(`no digest for ${path}`);
        found.set(path, { type, ...ownership, size: Number(size), digest });
      } else if (type === "symlink") found.set(path, { type, ...ownership, target: targets.get(path) ?? "" });
      else found.set(path, { type, ...ownership });
    }
    return found;
  },
});

/** A path in one line: type, owner, mode, and digest or target; undefined where nothing is. */
const inOneLine = (state: FileState): string | undefined => {
  if (state.type === "absent") return undefined;
  if (state.type === "symlink") return `symlink to ${state.target}`;
  return `${state.type} ${state.mode} ${state.owner}:${state.group}${state.type === "file" ? ` sha256:${state.digest}` : ""}`;
};

/** The difference between what is at a path and a root-owned file with this text, as one field. */
export const textChange = (field: string, have: FileState, text: string, mode = "0644"): readonly Difference[] => {
  const digest = createHash("sha256").update(text).digest("hex");
  return change(field, inOneLine(have), inOneLine({ type: "file", mode, owner: "root", group: "root", size: 0, digest }));
};

/** The difference between what is at a path and a symbolic link to this target, as one field. */
export const linkChange = (field: string, have: FileState, target: string): readonly Difference[] =>
  change(field, inOneLine(have), `symlink to ${target}`);
