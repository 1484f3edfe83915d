import type { UserProps } from "#kinds/user.ts";
import type { Sample, Start } from "../support/kind-laws.ts";

/** Of the word `steading`. */
const HASH = "$6$saltsalt$vCKIBBSjlHRdMcgnTZGQZv2pXtBaGqPmVDSBfdsqBaJn0wGYp8dLj5SyFSXYHmyULUHlvpKVwQkFIwvWHEzmg/";

/** An account as an administrator would have left it, written as lines so that it works on every host. */
const account = (name: string, { shadow = "!", shell = "/bin/sh", groups = "" } = {}): Start => ({
  name,
  arrange: [
    ["sh", "-c", "echo labuser:x:4321:4321:Lab User,,,:/home/labuser:$1 >>/etc/passwd", "sh", shell],
    ["sh", "-c", "echo labuser:x:4321: >>/etc/group; test ! -f /etc/gshadow || echo 'labuser:!::' >>/etc/gshadow"],
    ["sh", "-c", 'echo "labuser:$1:19000:0:99999:7:::" >>/etc/shadow', "sh", shadow],
    ...(groups === "" ? [] : [["sed", "-i", `s/^\\(${groups}:.*:\\)$/\\1labuser/`, "/etc/group"]]),
  ],
  tidy: [
    ["sed", "-i", "/^labuser:/d", "/etc/passwd"],
    ["sed", "-i", "/^labuser:/d", "/etc/shadow"],
    ["sh", "-c", "sed -i -e /^labuser:/d -e s/:labuser$/:/ /etc/group; test ! -f /etc/gshadow || sed -i -e /^labuser:/d -e s/:labuser$/:/ /etc/gshadow"],
    ["rm", "-rf", "/home/labuser"],
  ],
});

const nobodyYet: Start = { name: "has a home of that name", arrange: [["mkdir", "-p", "/home/labuser"]], tidy: [["rm", "-rf", "/home/labuser"]] };
const onBoth = ["tree", "machine"] as const;
/** usermod(8) adds to gshadow what only the group file had; groups come back in it, perhaps in another place. */
const leaves = /^\.\/etc\/(gshadow|subuid|subgid)$/;

/** Wants that the laws are tried with. */
export const samples: readonly Sample<UserProps>[] = [
  { name: "a user with nothing but a name", want: { name: "labuser" }, on: onBoth, starts: [nobodyYet, account("has the user")], leaves },
  {
    name: "a user with all fields",
    want: { name: "labuser", uid: 4321, groups: ["sudo"], home: "/home/labuser", shell: "/bin/sh", comment: "Lab User", passwordHash: HASH },
    secrets: ["passwordHash"],
    on: onBoth,
    starts: [account("has the user, with a password", { shadow: "$6$other$hash", groups: "sudo" }), account("has the user, with another shell", { shell: "/bin/false" })],
    leaves,
  },
  {
    name: "a user with exactly one group and no password",
    want: { name: "labuser", groups: ["sudo"], otherGroups: "remove", locked: true },
    on: onBoth,
    starts: [account("has the user in another group, unlocked", { shadow: "$6$other$hash", groups: "daemon" })],
    leaves,
  },
  { name: "a user for a service", want: { name: "labuser", system: true, home: "/var/lib/labuser", shell: "/usr/sbin/nologin" }, on: onBoth, leaves },
  { name: "a user with a group that is there", want: { name: "labuser", group: "sudo" }, on: onBoth, leaves },
  { name: "no user", want: { name: "labuser", state: "absent" }, on: onBoth, starts: [account("has the user", { shadow: "$6$other$hash", groups: "sudo" })], leaves },
];
