import { defineFact } from "#model/fact.ts";

/** A user of the host's own files. */
export interface UserState {
  /** useradd(8) and its like are there; without them, the files are edited. */
  readonly tools: boolean;
  /** Absent when there is no such user. */
  readonly account?: Account;
}

/** From passwd(5), group(5), shadow(5), subuid(5) and subgid(5). */
export interface Account {
  readonly uid: number;
  /** Primary group: its name, or its number where it has none. */
  readonly group: string;
  readonly gid: number;
  /** Supplementary groups, in alphabetical order. */
  readonly groups: readonly string[];
  /** The GECOS field as it is: a full name, often with commas behind it. */
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
  /** No password opens the account: the field of shadow(5) starts with `!` or `*`. */
  readonly locked: boolean;
  /** Ranges of subordinate numbers, as usermod(8) takes them: `100000-165535`; absent where there are none (subuid(5)). */
  readonly subuids?: readonly string[];
  readonly subgids?: readonly string[];
}

/** Users by name. Password hashes are not read. */
export const users = defineFact<UserState>({
  fact: "users",
  script: `
if command -v useradd >/dev/null; then echo tools; else echo files; fi
awk 'BEGIN {
  for (i = 1; i < ARGC; i++) asked[ARGV[i]]
  while ((getline line < "/etc/passwd") > 0) {
    split(line, field, ":")
    if (field[1] in asked) { print "passwd:" line; primary[field[4]] }
  }
  while ((getline line < "/etc/group") > 0) {
    split(line, field, ":")
    told = field[3] in primary
    count = split(field[4], member, ",")
    for (i = 1; i <= count; i++) if (member[i] in asked) told = 1
    if (told) print "group:" line
  }
  while ((getline line < "/etc/shadow") > 0) {
    split(line, field, ":")
    if (field[1] in asked && field[2] ~ /^[!*]/) print "locked:" field[1]
  }
  while ((getline line < "/etc/subuid") > 0) { split(line, field, ":"); if (field[1] in asked) print "subuid:" line }
  while ((getline line < "/etc/subgid") > 0) { split(line, field, ":"); if (field[1] in asked) print "subgid:" line }
}' "$@"
`,
  parse(output, subjects) {
    const [head = "", ...lines] = output.split("\n");
    const rows = lines.map((line) => line.split(":"));
    const groups = rows.flatMap(([word, name = "", , gid, members = ""]) => (word === "group" ? [{ name, gid: Number(gid), members: members.split(",") }] : []));
    const locked = new Set(rows.flatMap(([word, name]) => (word === "locked" ? [name] : [])));
    const ranges = (sort: string, user: string) =>
      rows.flatMap(([word, name, first, count]) => (word === sort && name === user ? [`${first ?? ""}-${(Number(first) + Number(count) - 1).toString()}`] : []));
    const accounts = new Map(
      rows.flatMap(([word, name = "", , uid, gid, comment = "", home = "", shell = ""]): [string, Account][] => {
        if (word !== "passwd") return [];
        const primary = groups.find((group) => group.gid === Number(gid))?.name ?? gid ?? "";
        const more = groups.flatMap((group) => (group.members.includes(name) ? [group.name] : [])).sort();
        const subuids = ranges("subuid", name);
        const subgids = ranges("subgid", name);
        const account = { uid: Number(uid), group: primary, gid: Number(gid), groups: more, comment, home, shell, locked: locked.has(name) };
        return [[name, { ...account, ...(subuids.length === 0 ? {} : { subuids }), ...(subgids.length === 0 ? {} : { subgids }) }]];
      }),
    );
    return new Map(
      subjects.map((subject) => {
        const account = accounts.get(subject);
        return [subject, { tools: head === "tools", ...(account === undefined ? {} : { account }) }];
      }),
    );
  },
});
