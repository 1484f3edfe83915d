const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/**
 * A pattern as github.com/gobwas/glob reads it with `/` between folders: `**` is anything, `*` anything in one folder, `?` one
 * character there, `[a-c]` and `[!a-c]` one of some, `{a,b}` either; `\` takes a character's meaning away.
 */
export function globPattern(pattern: string): RegExp {
  let depth = 0;
  const parts = [...pattern.matchAll(/\*\*|\[(!?)((?:\\.|[^\]])+)\]|\\(.)|[\s\S]/g)].map(([part, not, set, escaped]) => {
    if (escaped !== undefined) return literal(escaped);
    if (set !== undefined) return `[${not === "!" ? "^" : ""}${set.replaceAll(/[\^[]/g, "\\$&")}]`;
    switch (part) {
      case "**":
        return ".*";
      case "*":
        return "[^/]*";
      case "?":
        return "[^/]";
      case "{":
        depth += 1;
        return "(?:";
      case "}":
        if (depth === 0) return "\\}";
        depth -= 1;
        return ")";
      case ",":
        return depth > 0 ? "|" : ",";
      default:
        return literal(part);
    }
  });
  return new RegExp(`^${parts.join("")}$`, "s");
}
