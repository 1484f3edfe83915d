import { inOneLine, secondsText } from "#cli/plan-text.ts";
import type { Paint } from "#cli/paint.ts";
import { HOST, isChange, LAYER } from "#cli/story.ts";
import type { Story } from "#cli/story.ts";
import type { PlannedEvent } from "#provider/contract.ts";

/** More hosts than these get one line each, in the end. */
export const FEW = 20;

/** What is to be said of one host. */
interface HostLine {
  changed: number;
  open: number;
  seconds: number;
  failure?: string;
  postponed?: string;
}

const counted = ({ items }: PlannedEvent, ...actions: readonly string[]): number => items.filter(({ action }) => actions.includes(action)).length;

/** What happened to each host, in the order in which it was heard of. */
function hostLines({ plans, resources, diagnostics, phase }: Story): ReadonlyMap<string, HostLine> {
  const hosts = new Map<string, HostLine>();
  const line = (host: string): HostLine => {
    const known = hosts.get(host) ?? { changed: 0, open: 0, seconds: 0 };
    hosts.set(host, known);
    return known;
  };
  const changes = phase === "update" || phase === "delete";
  for (const [urn, plan] of plans) {
    const host = line(plan.host);
    const done = resources.get(urn);
    const isDone = !changes || (done !== undefined && isChange(done) && done.failed !== true && done.postponed === undefined);
    if (isDone) host.changed += counted(plan, "change", "restore");
    host.open += counted(plan, "cannot-tell");
    host.seconds += done?.seconds ?? 0;
    if (done?.postponed !== undefined) host.postponed = done.postponed;
  }
  for (const { severity, urn = "", fault, message } of diagnostics) {
    const host = fault?.host ?? plans.get(urn)?.host;
    if (severity === "error" && host !== undefined) line(host).failure ??= message.split("\n")[0]?.replace(`${host}: `, "") ?? "";
  }
  return hosts;
}

function said({ changed, open, seconds, failure, postponed }: HostLine, isDone: boolean, paint: Paint): { readonly mark: string; readonly text: string } | undefined {
  if (failure !== undefined) return { mark: paint.wrong("!"), text: `${paint.wrong("failed")}: ${failure}` };
  if (postponed !== undefined) return { mark: paint.changed("…"), text: `does not answer; ${postponed}` };
  if (changed > 0) return { mark: paint.changed("~"), text: isDone ? `${String(changed)} changed  ${paint.faint(secondsText(seconds))}` : `${String(changed)} to change` };
  return open > 0 && !isDone ? { mark: paint.unknown("?"), text: "cannot tell yet" } : undefined;
}

/** A line for each host that changed or failed, or would; the rest as a number. */
export function fleetLines(story: Story, paint: Paint): readonly string[] {
  const isDone = story.phase === "update" || story.phase === "delete";
  const hosts = hostLines(story);
  const width = Math.max(0, ...[...hosts.keys()].map((host) => host.length).filter((length) => length <= 40));
  const lines = [...hosts].flatMap(([host, line]) => {
    const text = said(line, isDone, paint);
    return text === undefined ? [] : [`  ${text.mark} ${inOneLine(host).padEnd(width)}  ${text.text}`];
  });
  const rest = hosts.size - lines.length;
  return rest === 0 ? lines : [...lines, `  ${paint.faint(`= ${String(rest)} hosts ${story.phase === "refresh" ? "read" : "as declared"}`)}`];
}

/** How far a phase has come: layers that were looked at or changed, and what failed. */
export function progressText({ phase, plans, resources, hosts }: Story): string {
  const ended = [...resources.values()].filter(({ type, event }) => type === LAYER && event === "resource-outputs");
  const failed = [...resources.values()].filter((resource) => resource.failed === true && (resource.type === LAYER || resource.type === HOST)).length;
  const count = phase === "preview" ? plans.size : ended.length;
  return `${String(count)} layers of ${String(hosts.size)} hosts${failed === 0 ? "" : `, ${String(failed)} failed`}`;
}
