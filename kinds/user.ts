import { createHash } from "node:crypto";
import { files } from "#facts/files.ts";
import { accounts, isOrdinary } from "#facts/accounts.ts";
import { groups } from "#facts/groups.ts";
import { passwordHashes } from "#facts/password-hashes.ts";
import { users } from "#facts/users.ts";
import type { Account } from "#facts/users.ts";
import { clearHome, editAccounts, endProcesses } from "#model/account-files.ts";
import { change } from "#model/change.ts";
import { defineKind } from "#model/kind.ts";
import { account, flag, integer, list, oneOf, optional, propsOf, secretly, text } from "#model/schema.ts";
import { run } from "#model/step.ts";
import type { Step } from "#model/step.ts";

/** Desired user, as written in a stack. What is left out is not looked at, and gets the default in a new account. */
export interface UserProps {
  /** The login name. */
  name: string;
  /** @defaultValue `present` */
  state?: "present" | "absent";
  /** The user's number. @defaultValue the next free one */
  uid?: number;
  /** Primary group. @defaultValue a group of the user's own name */
  group?: string;
  /** Supplementary groups. */
  groups?: readonly string[];
  /** What becomes of supplementary groups that are not in `groups`. @defaultValue `keep` */
  otherGroups?: "keep" | "remove";
  /** Home directory; made for a new account that is not a system's. What is in it is never moved. @defaultValue below /home */
  home?: string;
  /** Login shell. @defaultValue `/bin/bash`; where there are no account tools, `/bin/sh` */
  shell?: string;
  /** Full name. */
  comment?: string;
  /** Password, hashed as crypt(5) says (`mkpasswd`). */
  passwordHash?: string;
  /** No password opens the account; keys still do. False needs a `passwordHash`. @defaultValue true in a new account without password */
  locked?: boolean;
  /** For a service: a number from the system's range, no home directory is made. @defaultValue false */
  system?: boolean;
  /**
   * What becomes of the home directory that was made with the account, once Steading takes the account back. A home in which
   * nobody put anything goes in any case; one that was there before stays. @defaultValue `keep-home`
   */
  onRemoval?: "keep-home" | "remove-home";
}

const PLACE = /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._+@-]+)+$|^\/$/;
const FULL_NAME = /^([^:,\\\s\p{Cc}]([^:,\\\p{Cc}]*[^:,\\\s\p{Cc}])?)?$/u;
const place = text(PLACE, "an absolute path of letters, digits and . _ + @ -");

const props = propsOf<UserProps>()({
  name: account,
  state: optional(oneOf("present", "absent")),
  uid: optional(integer(0, 4_294_967_294, "a user number from 0 to 4294967294")),
  group: optional(account),
  groups: optional(list(account)),
  otherGroups: optional(oneOf("keep", "remove")),
  home: optional(place),
  shell: optional(place),
  comment: optional(text(FULL_NAME, "a name without colon, comma and backslash")),
  passwordHash: optional(secretly(text(/^[./A-Za-z0-9$=,_+*-]{4,}$/, "a hash of crypt(5), such as mkpasswd prints"))),
  locked: optional(flag),
  system: optional(flag),
  onRemoval: optional(oneOf("keep-home", "remove-home")),
});

type Fields = Partial<Omit<Account, "locked" | "gid" | "subuids" | "subgids">>;

const isAbsent = (want: UserProps): boolean => want.state === "absent";
const homeOf = (want: UserProps): string => want.home ?? `/home/${want.name}`;
const LOCK = "!";

/** The field of shadow(5) that is wanted; undefined when it is not looked at. */
const shadowOf = (want: UserProps): string | undefined =>
  want.passwordHash === undefined ? undefined : `${want.locked === true ? LOCK : ""}${want.passwordHash}`;

const groupsOf = (want: UserProps, have: readonly string[] = []): readonly string[] | undefined =>
  want.groups === undefined ? undefined : [...new Set([...(want.otherGroups === "remove" ? [] : have), ...want.groups])].sort();

/** Account fields that are wanted, as far as they are. */
function fieldsOf(want: UserProps, have?: Account): Fields {
  const { uid, group, home, shell, comment } = want;
  const more = groupsOf(want, have?.groups);
  return Object.fromEntries(Object.entries({ uid, group, groups: more, home, shell, comment }).filter(([, value]) => value !== undefined));
}

/** useradd(8) and usermod(8) have the same words for the fields. */
const flagsOf = (fields: Fields): readonly string[] => [
  ...(fields.uid === undefined ? [] : ["-u", fields.uid.toString()]),
  ...(fields.group === undefined ? [] : ["-g", fields.group]),
  ...(fields.groups === undefined ? [] : ["-G", fields.groups.join(",")]),
  ...(fields.comment === undefined ? [] : ["-c", fields.comment]),
  ...(fields.home === undefined ? [] : ["-d", fields.home]),
  ...(fields.shell === undefined ? [] : ["-s", fields.shell]),
];

/** Makes the group and the account. 9: it is there already, from an earlier try. */
function create({ name, system }: UserProps, tools: boolean, fields: Fields, gid: number | undefined, home: boolean, more: readonly string[] = []): readonly Step[] {
  const group = fields.group ?? name;
  const number = gid ?? (fields.group === undefined ? fields.uid : undefined);
  const first = system === true ? "100" : "1000";
  if (!tools) {
    const own = fields.group === undefined || gid !== undefined ? [editAccounts("group", group, [number?.toString() ?? "", first])] : [];
    return [...own, ...edit(name, { group, comment: "", home: `/home/${name}`, shell: "/bin/sh", groups: [], ...fields }, first), ...(home ? [editAccounts("home", name)] : [])];
  }
  const own = ["groupadd", "-f", ...(system === true ? ["-r"] : []), ...(number === undefined ? [] : ["-g", number.toString()]), group];
  const kind = [...(system === true ? ["--system"] : []), home ? "-m" : "-M"];
  return [
    ...(fields.group === undefined || gid !== undefined ? [run(own)] : []),
    run(["useradd", ...kind, ...more, ...flagsOf({ shell: "/bin/bash", ...fields, group }), name], { exitCodes: [0, 9] }),
  ];
}

/** Writes all fields where there is no usermod(8). */
const edit = (name: string, fields: Fields, first: string): readonly Step[] => [
  editAccounts("user", name, [fields.uid?.toString() ?? "", first, fields.group ?? "", fields.comment ?? "", fields.home ?? "", fields.shell ?? ""]),
  ...(fields.groups === undefined ? [] : [editAccounts("groups", name, [fields.groups.join(",")])]),
];

/** Gives an account that exists other fields. */
function modify(name: string, tools: boolean, fields: Fields, have: Account): readonly Step[] {
  if (Object.keys(fields).length === 0) return [];
  return tools ? [run(["usermod", ...flagsOf(fields), name])] : edit(name, { ...have, ...fields }, "1000");
}

/** Removes the account; its home stays. 6: it is gone already. */
const unset = (name: string, tools: boolean): readonly Step[] => [
  endProcesses(name),
  tools ? run(["userdel", name], { exitCodes: [0, 6] }) : editAccounts("remove-user", name),
];

const lock = (name: string, tools: boolean, locked: boolean): Step =>
  tools ? run(["usermod", locked ? "-L" : "-U", name]) : editAccounts(locked ? "lock" : "unlock", name);

/** The hash travels on stdin; `day` is that of its last change, today if it is not said; `ageing` is left as it is if it is empty. */
const setHash = (name: string, tools: boolean, hash: string, day = "", ageing: readonly string[] = []): readonly Step[] => {
  if (!tools) return [editAccounts("hash", name, [day, ageing.join(":")], `${hash}\n`)];
  const dates = [...(day === "" ? [] : ["-d", day]), ...ageing.flatMap((days, index) => [AGEING[index] ?? "", days === "" ? "-1" : days])];
  return [run(["chpasswd", "-e"], { stdin: `${name}:${hash}\n` }), ...(dates.length === 0 ? [] : [run(["chage", ...dates, name])])];
};

/** The options of chage(1) for the fields of shadow(5) behind the day of the last change. */
const AGEING = ["-m", "-M", "-W", "-I", "-E"];

/** useradd(8) gives no subordinate numbers of its own. */
const NO_RANGES = ["-K", "SUB_UID_COUNT=0", "-K", "SUB_GID_COUNT=0"];

/** The subordinate numbers that an account had. */
const ranges = (name: string, tools: boolean, subuids: readonly string[], subgids: readonly string[]): readonly Step[] => {
  const words = [...subuids.flatMap((range) => ["-v", range]), ...subgids.flatMap((range) => ["-w", range])];
  return tools && words.length > 0 ? [run(["usermod", ...words, name])] : [];
};

/** Compared and shown in place of the hash. */
const digest = (hash: string | undefined): string | undefined => (hash === undefined ? undefined : `sha256:${createHash("sha256").update(hash).digest("hex")}`);

/**
 * A user of the host's own files. What is not declared stays as it is: groups too, unless `otherGroups` says `remove`.
 *
 * Undo removes an account that was not there before; its home, see `onRemoval`. An account that was there gets back what it had.
 *
 * @example Someone who may use sudo
 * ```ts
 * user("alice", { name: "alice", comment: "Alice Liddell", groups: ["sudo"], shell: "/bin/bash" });
 * ```
 */
export const user = defineKind({
  kind: "user",
  props,
  check: (want) => [
    ...(isAbsent(want) && want.onRemoval !== undefined ? [{ path: "onRemoval", message: "it is about an account that Steading made", fix: "leave `onRemoval` out" }] : []),
    ...(want.group === want.name ? [{ path: "group", message: "a user's own group is made with the user", fix: "leave `group` out" }] : []),
    ...(want.locked === false && want.passwordHash === undefined ? [{ path: "locked", message: "an account without a password cannot be opened", fix: "say `passwordHash` too, or leave `locked` out" }] : []),
  ],
  owns: (want) => [`user:${want.name}`, ...(want.group === undefined ? [`group:${want.name}`] : [])],
  needs: (want) => [...(want.name === "root" ? [] : ["package:*"]), ...[want.group, ...(want.groups ?? [])].map((group) => `group:${group ?? want.name}`)],
  risk: "connection",
  reads: (want) => ({
    user: users(want.name),
    ownGroup: groups(want.name),
    home: files(homeOf(want)),
    password: passwordHashes(want.passwordHash === undefined && !isAbsent(want) ? "" : want.name),
  }),
  diff(want, { user: { account: have }, password }) {
    if (isAbsent(want) || have === undefined) return change("state", have === undefined ? "absent" : "present", want.state ?? "present");
    const { groups: more, ...fields } = fieldsOf(want, have);
    return [
      ...(["uid", "group", "home", "shell"] as const).flatMap((field) => (fields[field] === undefined ? [] : change(field, have[field], fields[field]))),
      ...(want.comment === undefined ? [] : change("comment", have.comment.replace(/,+$/, ""), want.comment)),
      ...(more === undefined ? [] : change("groups", [...have.groups], [...more])),
      ...(want.passwordHash === undefined ? [] : change("passwordHash", digest(password?.hash), digest(shadowOf(want)), { secret: true })),
      ...(want.passwordHash === undefined && want.locked === true ? change("locked", have.locked, true) : []),
    ];
  },
  apply(want, { user: { tools, account: have }, password }) {
    if (isAbsent(want)) return unset(want.name, tools);
    const hash = shadowOf(want);
    return [
      ...(have === undefined ? create(want, tools, fieldsOf(want), undefined, want.system !== true) : modify(want.name, tools, fieldsOf(want, have), have)),
      ...(hash === undefined || hash === password?.hash ? [] : setHash(want.name, tools, hash)),
      ...(hash === undefined && want.locked === true && have?.locked === false ? [lock(want.name, tools, true)] : []),
    ];
  },
  undo(want, { user: { tools, account: before }, ownGroup, password, home }) {
    if (before === undefined) {
      if (isAbsent(want)) return [];
      return [...unset(want.name, tools), ...(want.group === undefined ? [ownGroupBack(want.name, tools, ownGroup.gid)] : []), ...(home.type === "absent" && want.system !== true ? [clearHome(homeOf(want), tools, want.onRemoval === "remove-home")] : [])];
    }
    const { locked, gid, subuids = [], subgids = [], ...fields } = before;
    const hash = password === undefined ? [] : setHash(want.name, tools, password.hash, password.changed, isAbsent(want) ? password.ageing : []);
    if (isAbsent(want)) return [...create(want, tools, fields, gid, false, NO_RANGES), ...ranges(want.name, tools, subuids, subgids), ...hash];
    const back = Object.fromEntries(Object.entries(fields).filter(([field]) => field in fieldsOf(want, before)));
    return [...modify(want.name, tools, back, before), ...hash, ...(password === undefined && want.locked === true && !locked ? [lock(want.name, tools, false)] : [])];
  },
  survey: {
    reads: { all: accounts("all") },
    items({ all }) {
      const system = all.users.filter(({ uid }) => uid >= 100 && uid < 1000).map(({ name }) => name);
      return [
        ...all.users.filter(({ uid }) => isOrdinary(uid)).flatMap((account) => [
          { name: account.name, want: asFound(account) },
          ...(account.locked ? [] : [{ name: `password of ${account.name}`, why: "its hash is a secret: give `passwordHash` as one to decide on it" }]),
        ]),
        ...(system.length === 0 ? [] : [{ name: system.join(", "), why: "packages make such users; declare those that you made" }]),
      ];
    },
  },
});

/** An account as it would be declared; what the props cannot say is left out, and so not looked at. */
function asFound({ name, uid, group, groups: more, comment, home, shell, locked }: Account & { readonly name: string }): UserProps {
  const full = comment.replace(/,+$/, "");
  return {
    name,
    uid,
    ...(group === name ? {} : { group }),
    ...(more.length === 0 ? {} : { groups: more }),
    ...(PLACE.test(home) ? { home } : {}),
    ...(PLACE.test(shell) ? { shell } : {}),
    ...(full !== "" && FULL_NAME.test(full) ? { comment: full } : {}),
    ...(locked ? { locked } : {}),
  };
}

/** userdel(8) takes a user's own group along, or not: brings it to what it was. 6: gone already; 8: someone's primary group. */
function ownGroupBack(name: string, tools: boolean, gid: number | undefined): Step {
  if (!tools) return gid === undefined ? editAccounts("remove-group", name) : editAccounts("group", name, [gid.toString(), ""]);
  return gid === undefined ? run(["groupdel", name], { exitCodes: [0, 6, 8] }) : run(["groupadd", "-f", "-g", gid.toString(), name]);
}
