/**
 * Property paths as Pulumi writes them: `items.file["motd"].content`, `list[0]`, `*` for any key
 * (pulumi sdk/go/common/resource/property_path.go).
 */
export type PropertyPath = readonly (string | number)[];

/** A path and one more key. Keys that hold `.`, `[`, `]` or `"` are written in brackets. */
export function memberPath(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${String(key)}]`;
  if (!/^[A-Za-z_$*][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** Reads a path; undefined when it is malformed. */
export function parsePath(text: string): PropertyPath | undefined {
  const path: (string | number)[] = [];
  // Providers write `list.[0]` too (pulumi#14439).
  const token = /\.?(?:([^.[\]"]+)|\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\])/y;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (!match) return undefined;
    const [, bare, index, quoted] = match;
    if (bare !== undefined) path.push(bare);
    else if (quoted !== undefined) path.push(quoted.replace(/\\(.)/g, "$1"));
    else if (index !== undefined) path.push(index === "*" ? "*" : Number(index));
  }
  return path;
}

/** True when `path` is `pattern` or lies below it; `*` in the pattern stands for any one key. */
export const isWithin = (path: PropertyPath, pattern: PropertyPath): boolean =>
  pattern.length <= path.length && pattern.every((key, index) => key === "*" || String(key) === String(path[index]));
