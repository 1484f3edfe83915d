import type { OtherWay } from "#ansible/events.ts";
import type { Issue } from "#model/issue.ts";
import { mask } from "#model/mask.ts";

/** How much of a text is kept at each end, in characters. */
const KEPT = 4096;

/** What Ansible says, without secrets, and without the middle of what is too long for a terminal and a state. */
export function reasonOf(text: string, secrets: ReadonlySet<string>): string {
  // First masked: half a secret is not found any more.
  const masked = mask(text, secrets).trim();
  const left = masked.length - 2 * KEPT;
  return left <= 0 ? masked : `${masked.slice(0, KEPT)}\n[${left.toString()} characters are left out]\n${masked.slice(-KEPT)}`;
}

/** Mistakes: variables that lead to another machine than the one that is declared. */
export const otherWays = (at: string, differs: readonly OtherWay[], secrets: ReadonlySet<string>): readonly Issue[] =>
  differs.map(({ name, have, want }) => ({
    code: "playbook.elsewhere",
    at,
    path: name,
    message: `it is ${mask(have, secrets)}, and the host's connection has ${want === undefined ? "none" : mask(want, secrets)}: the tasks would be done in another way, or on another machine`,
    fix: "take it out of host_vars, group_vars, extraVars and the play: the connection in the program says how the host is reached",
  }));
