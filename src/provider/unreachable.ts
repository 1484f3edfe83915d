import { hostName } from "#model/connection.ts";
import type { Connection, WhenUnreachable } from "#model/connection.ts";
import { isFault } from "#model/fault.ts";
import type { Postponed } from "#provider/contract.ts";
import type { ResourceContext } from "#provider/resource.ts";

/** What ssh(1) says when nobody answered: connect(2), getaddrinfo(3), and a peer that ends before it has said who it is. */
const SILENT = /timed out|connection refused|no route to host|host is down|could not resolve hostname|connection (closed|reset)|broken pipe|network is unreachable/i;

/** Our own end is down: that says nothing about the host, and is no reason to forget what is on it. */
const OUR_END = /network is unreachable|temporary failure in name resolution/i;

const declared = (to: Connection): WhenUnreachable => (to.via === "ssh" ? (to.whenUnreachable ?? "fail") : "fail");

/**
 * What becomes of a change, where `error` says that its host does not answer and nothing was begun there. Undefined where that
 * is a failure: another fault, a host that refuses, or one for which the program declares nothing else.
 */
export function insteadOf({ whenUnreachable }: Pick<ResourceContext, "whenUnreachable">, to: Connection, error: unknown): Postponed | undefined {
  if (!isFault(error, "host.unreachable") || error.hostState !== "untouched" || !SILENT.test(error.detail.reason)) return undefined;
  const policy = whenUnreachable ?? declared(to);
  if (policy === "queue") return "queued";
  return policy === "forget" && !OUR_END.test(error.detail.reason) ? "forgotten" : undefined;
}

const later: { readonly [P in Postponed]: string } = { queued: "queued: the next run that reaches the host does it", forgotten: "left out: the next preview shows it again" };

/** Warns that something was not done, because the host does not answer. `what` goes on "…, so ". */
export function tellPostponed({ report }: ResourceContext, urn: string, to: Connection, what: string, how: Postponed): void {
  report({ event: "message", severity: "warning", urn, text: `${hostName(to)} does not answer, so ${what}; ${later[how]}` });
}

/** Warns that a layer is forgotten, and names what stays on the host. */
export function tellForgotten({ report }: ResourceContext, urn: string, to: Connection, layer: string, items: readonly string[]): void {
  const left = items.length === 0 ? "it had put nothing there" : `left on the host: ${items.join(", ")}`;
  report({ event: "message", severity: "warning", urn, text: `${hostName(to)} does not answer, so layer ${layer} is forgotten; ${left}` });
}
