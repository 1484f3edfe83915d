import { quoteAll } from "#model/quote.ts";
import type { Fault, Faults, HostState } from "#model/fault.ts";

const states: Readonly<Record<HostState, string>> = {
  untouched: "nothing was changed",
  partial: "some steps were done; the next run finishes or undoes them",
  reverted: "everything that was begun has been undone",
  unknown: "it is not known what was done; the next run finds out",
};

/** What to type or do about a fault, one line each. */
const remedies: { readonly [C in keyof Faults]: (detail: Faults[C], host: string) => string } = {
  "host.unreachable": (_, host) => (host.startsWith("/") ? `check that ${host} holds an operating system, and that you may enter it` : "check that the machine runs, and that its address and port are right"),
  "host.refused": ({ mend }) => (mend === undefined ? "log in by hand once and compare what it says; a host key belongs in the connection's hostKey or in known_hosts" : "see what sudo says when you log in by hand"),
  "host.unwritable": () => "make room on the disk, or mount it writable, then run again",
  "host.locked": ({ holder }) => `wait until ${holder} is done, then run again`,
  "host.owned": ({ subject, owner }) => `declare ${subject} in one place only: here or in ${owner}`,
  "command.failed": ({ argv }) => (argv.length === 0 ? "correct what it says in the declaration, then run again" : `run it on the host to see more: ${quoteAll(argv)}`),
  "task.failed": ({ at }) => `correct what it says${at === "" ? "" : ` (${at})`}, then run again`,
  "terraform.failed": () => "correct what it says, then run again: OpenTofu's state has what was done, and the next run goes on from there",
  "proof.failed": ({ argv }) => `correct what ${argv[0] ?? "the check"} complains about in the declaration`,
  "probe.unreadable": ({ fact }) => `see what the host answers to fact ${fact}`,
  "apply.unconfirmed": ({ seconds }) => `correct the declaration, or the connection that it says the host has afterwards; a host that needs longer than ${seconds.toString()} s is given confirmSeconds`,
  "plan.stale": () => "run again; the new plan takes the change into account",
  "apply.unconverged": ({ fields }) => `look at what sets ${fields.join(", ")} on the host; something undoes the change`,
  "undo.failed": () => "look at the host, then run again",
  "cloud.failed": ({ cloud }) => `see what ${cloud} says, then run again; what was made is found again by its name`,
  unsupported: () => "declare something else for this host",
};

const remedy = <C extends keyof Faults>(fault: Fault<C>): string => remedies[fault.code](fault.detail, fault.host);

/** Nothing of a playbook is undone. */
const stateText = ({ code, hostState }: Fault): string =>
  code === "task.failed" && hostState === "partial" ? "what the tasks did until then stays; the next run goes through the playbook again" : states[hostState];

/** A fault as the person who runs Steading needs it: what happened, in what state the host is, what to do. */
export function explain(fault: Fault): string {
  return [
    fault.message.startsWith(fault.host) ? fault.message : `${fault.host}: ${fault.message}`,
    `  state of the host: ${fault.hostState}: ${stateText(fault)}`,
    `  what to do: ${remedy(fault)}`,
    ...causes(fault),
  ].join("\n");
}

/** What the fault came from, one line each, where its message does not say it already. */
function causes(fault: Error): readonly string[] {
  const { cause } = fault;
  if (!(cause instanceof Error)) return [];
  return [...(fault.message.includes(cause.message) ? [] : [`  because: ${cause.message}`]), ...causes(cause)];
}
