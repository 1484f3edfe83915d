import type { SudoRuleProps } from "#kinds/sudo-rule.ts";
import type { Sample } from "../support/kind-laws.ts";

const path = "/etc/sudoers.d/lab";
const write = (words: string) => [["sh", "-c", 'printf %s "$2" >"$1"; chmod 0440 "$1"', "sh", path, words]];
const tidy = [["rm", "-f", path]];

/** Wants that the laws are tried with. */
export const samples: readonly Sample<SudoRuleProps>[] = [
  {
    name: "a rule for a user",
    want: { name: "lab", user: "daemon", commands: ["/usr/bin/systemctl restart nginx.service", "/usr/bin/test a,b:c=d\\e #f"], noPassword: true },
    on: ["machine"],
    packages: ["sudo"],
    starts: [
      { name: "has another rule", arrange: write("daemon ALL=(ALL) ALL\n"), tidy },
      { name: "has one that all may read", arrange: [...write("daemon ALL=(ALL) ALL\n"), ["chmod", "0644", path]], tidy },
    ],
  },
  { name: "a rule for a group", want: { name: "lab", group: "sudo", commands: ["ALL"], runAs: "ALL" }, on: ["machine"], packages: ["sudo"] },
];
