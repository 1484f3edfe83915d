import { defineFact } from "#model/fact.ts";
import type { Account } from "#facts/users.ts";

/** Every user and group of the host's own files. */
export interface Accounts {
  /** In the order of passwd(5). */
  readonly users: readonly (Account & { readonly name: string })[];
  /** In the order of group(5). */
  readonly groups: readonly { readonly name: string; readonly gid: number }[];
}

/** Numbers of people and of what they made themselves: below are the system's, above `nobody` and what is allotted by itself (Debian policy 9.2.2). */
export const isOrdinary = (id: number): boolean => id >= 1000 && id < 60_000;

/** All users and groups, from passwd(5), group(5) and shadow(5); the subject is always `all`. Password hashes are not read. */
export const accounts = defineFact<Accounts>({
  fact: "accounts",
  script: `
sed 's/^/passwd:/' /etc/passwd
sed 's/^/group:/' /etc/group
test -r /etc/shadow && awk -F: '$2 ~ /^[!*]/ { print "locked:" $1 }' /etc/shadow
exit 0
`,
  parse(output, subjects) {
    const rows = output.split("\n").map((line) => line.split(":"));
    const of = (word: string) => rows.filter(([first]) => first === word);
    const groups = of("group").map(([, name = "", , gid, members = ""]) => ({ name, gid: Number(gid), members: members.split(",") }));
    const locked = new Set(of("locked").map(([, name]) => name));
    const users = of("passwd").map(([, name = "", , uid, gid, comment = "", home = "", shell = ""]) => ({
      name,
      uid: Number(uid),
      gid: Number(gid),
      group: groups.find((group) => group.gid === Number(gid))?.name ?? gid ?? "",
      groups: groups.flatMap((group) => (group.members.includes(name) ? [group.name] : [])).sort(),
      comment,
      home,
      shell,
      locked: locked.has(name),
    }));
    return new Map(subjects.map((subject) => [subject, { users, groups: groups.map(({ name, gid }) => ({ name, gid })) }]));
  },
});
