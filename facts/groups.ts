import { defineFact } from "#model/fact.ts";

/** A group of the host's own files. */
export interface GroupState {
  /** groupadd(8) and its like are there; without them, the files are edited. */
  readonly tools: boolean;
  /** Its number; absent when there is no such group. */
  readonly gid?: number;
  /** Users who belong to it beside those whose primary group it is; absent when there are none. */
  readonly members?: readonly string[];
}

/** Groups by name, from group(5). */
export const groups = defineFact<GroupState>({
  fact: "groups",
  script: `
if command -v groupadd >/dev/null; then echo tools; else echo files; fi
awk 'BEGIN {
  for (i = 1; i < ARGC; i++) asked[ARGV[i]]
  while ((getline line < "/etc/group") > 0) { split(line, field, ":"); if (field[1] in asked) print field[1] ":" field[3] ":" field[4] }
}' "$@"
`,
  parse(output, subjects) {
    const [head = "", ...lines] = output.split("\n");
    const rows = new Map(lines.map((line) => line.split(":")).map(([name = "", gid, members = ""]) => [name, { gid: Number(gid), members: members.split(",") }]));
    return new Map(
      subjects.map((subject) => {
        const { gid, members = [] } = rows.get(subject) ?? {};
        const tools = head === "tools";
        return [subject, gid === undefined ? { tools } : { tools, gid, ...(members.join("") === "" ? {} : { members }) }];
      }),
    );
  },
});
