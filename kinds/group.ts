import { accounts, isOrdinary } from "#facts/accounts.ts";
import { groups } from "#facts/groups.ts";
import { editAccounts } from "#model/account-files.ts";
import { change } from "#model/change.ts";
import { defineKind } from "#model/kind.ts";
import { account, flag, integer, oneOf, optional, propsOf } from "#model/schema.ts";
import { run } from "#model/step.ts";
import type { Step } from "#model/step.ts";

/** Desired group, as written in a stack. */
export interface GroupProps {
  /** The group's name. */
  name: string;
  /** @defaultValue `present` */
  state?: "present" | "absent";
  /** Its number. @defaultValue the next free one */
  gid?: number;
  /** For a service: a new group takes its number from the system's range. @defaultValue false */
  system?: boolean;
}

const props = propsOf<GroupProps>()({
  name: account,
  state: optional(oneOf("present", "absent")),
  gid: optional(integer(0, 4_294_967_294, "a group number from 0 to 4294967294")),
  system: optional(flag),
});

const isAbsent = (want: GroupProps): boolean => want.state === "absent";

/** Makes the group, or gives it this number. */
function set(want: GroupProps, tools: boolean, exists: boolean, gid: number | undefined): readonly Step[] {
  const number = gid?.toString();
  if (!tools) return [editAccounts("group", want.name, [number ?? "", want.system === true ? "100" : "1000"])];
  if (exists) return number === undefined ? [] : [run(["groupmod", "-g", number, want.name])];
  // 9: it is there already, from an earlier try.
  return [run(["groupadd", ...(want.system === true ? ["-r"] : []), ...(number === undefined ? [] : ["-g", number]), want.name], { exitCodes: [0, 9] })];
}

/** Gives a new group its members. */
const fill = (want: GroupProps, tools: boolean, members: readonly string[]): readonly Step[] => {
  if (members.length === 0) return [];
  return [tools ? run(["gpasswd", "-M", members.join(","), want.name]) : editAccounts("members", want.name, [members.join(",")])];
};

/** Removes the group; 6: it is gone already. */
const unset = (want: GroupProps, tools: boolean): Step =>
  tools ? run(["groupdel", want.name], { exitCodes: [0, 6] }) : editAccounts("remove-group", want.name);

/**
 * A group of the host's own files. Who belongs to it is said by the users.
 *
 * @example A group for those who may see the media files
 * ```ts
 * group("media", { name: "media", gid: 1500 });
 * ```
 */
export const group = defineKind({
  kind: "group",
  props,
  owns: (want) => [`group:${want.name}`],
  needs: () => ["package:*"],
  // Another number takes files away from the members.
  risk: (want) => (isAbsent(want) || want.gid !== undefined ? "connection" : "none"),
  reads: (want) => ({ group: groups(want.name) }),
  diff(want, { group: have }) {
    const state = have.gid === undefined ? "absent" : "present";
    if (state !== (want.state ?? "present")) return change("state", state, want.state ?? "present");
    return isAbsent(want) || want.gid === undefined ? [] : change("gid", have.gid, want.gid);
  },
  apply: (want, { group: have }) => (isAbsent(want) ? [unset(want, have.tools)] : set(want, have.tools, have.gid !== undefined, want.gid)),
  undo(want, { group: before }) {
    if (before.gid === undefined) return isAbsent(want) ? [] : [unset(want, before.tools)];
    return [...set(want, before.tools, !isAbsent(want), before.gid), ...(isAbsent(want) ? fill(want, before.tools, before.members ?? []) : [])];
  },
  survey: {
    reads: { all: accounts("all") },
    items: ({ all: { users, groups: all } }) =>
      all.filter(({ name, gid }) => isOrdinary(gid) && !users.some((user) => user.name === name)).map(({ name, gid }) => ({ name, want: { name, gid } })),
  },
});
