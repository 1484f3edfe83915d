import type { GroupProps } from "#kinds/group.ts";
import type { Sample } from "../support/kind-laws.ts";

const line = (text: string) => [["sh", "-c", `echo "$1" >>/etc/group`, "sh", text]];
const drop = [["sed", "-i", "/^steadinglab:/d", "/etc/group"]];
const onBoth = ["tree", "machine"] as const;

/** Wants that the laws are tried with. */
export const samples: readonly Sample<GroupProps>[] = [
  {
    name: "a group with a number",
    want: { name: "steadinglab", gid: 4321 },
    on: onBoth,
    starts: [
      { name: "has the group", arrange: line("steadinglab:x:4321:"), tidy: drop },
      { name: "has the group with another number and a member", arrange: line("steadinglab:x:4444:root"), tidy: drop },
    ],
    // gshadow gets the line that the group file alone had; sed writes the file anew.
    leaves: /^\.\/etc\/gshadow$/,
  },
  { name: "a group for a service", want: { name: "steadinglab", system: true }, on: onBoth },
  {
    name: "no group",
    want: { name: "steadinglab", state: "absent" },
    on: onBoth,
    starts: [{ name: "has the group", arrange: line("steadinglab:x:4321:"), tidy: drop }],
    leaves: /^\.\/etc\/gshadow$/,
  },
];
