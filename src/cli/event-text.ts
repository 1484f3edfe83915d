import { issueLines } from "#cli/failure.ts";
import { FEW, fleetLines } from "#cli/fleet-text.ts";
import { inOneLine, layerLines, nameOf, secondsText } from "#cli/plan-text.ts";
import type { Paint } from "#cli/paint.ts";
import { HOST, isChange, ITEMISED } from "#cli/story.ts";
import type { Story } from "#cli/story.ts";
import type { DiagnosticEvent, EngineEvent, Operation, PolicyRemediationEvent, ResourceEvent } from "#engine/events.ts";
import type { MessageEvent, StepEvent } from "#provider/contract.ts";

/** How events are shown. */
export interface Showing {
  readonly paint: Paint;
  /** Also what stays the same. */
  readonly full: boolean;
  /** There are many hosts: a line for each that changed or failed, in the end. */
  readonly isFleet: boolean;
  /** The text of each layer's plan that was shown last, by URN; filled here. */
  readonly shown: Map<string, string>;
  /** Warnings that were shown: a run that previews first would say each twice. Filled here. */
  readonly warned: Set<string>;
}

/** Lines to show, and where: results on stdout, what is said about them on stderr. */
export interface Said {
  readonly out?: readonly string[];
  readonly err?: readonly string[];
}

const done: { readonly [O in Operation]: string } = { same: "same", create: "created", update: "updated", replace: "replaced", import: "imported", delete: "deleted", read: "read", refresh: "refreshed" };
const marks: { readonly [O in Operation]: string } = { same: "=", create: "+", update: "~", replace: "±", import: "+", delete: "-", read: "=", refresh: "=" };

/** A resource as people say it: `layer base`, `machine lab`, or type and name of another provider's. */
export function resourceLabel(urn: string, type: string): string {
  const [provider, , word = type] = type.split(":");
  return `${provider === "steading" ? word.toLowerCase() : type} ${nameOf(urn)}`;
}

function markedBy(op: Operation, paint: Paint): string {
  const colour = { create: paint.added, update: paint.changed, replace: paint.changed, import: paint.added, delete: paint.removed, same: paint.faint, read: paint.faint, refresh: paint.faint }[op];
  return colour(marks[op]);
}

/** A resource whose step has ended. A layer's plan was shown already; components, the stack itself and a host, which is only read, say nothing new. */
function resourceLines({ op, urn, type, custom, seconds, failed, postponed }: ResourceEvent, { phase }: Story, { paint, full }: Showing): readonly string[] {
  const label = resourceLabel(urn, type);
  if (postponed !== undefined) return [`  ${paint.changed("…")} ${label}  ${postponed === "forgotten" && op !== "delete" ? "left out" : postponed}`];
  if (failed === true) return [`  ${paint.wrong("!")} ${label}  ${paint.wrong("failed")}`];
  if (!isChange({ op })) return full && custom && !ITEMISED.has(type) ? [`  ${paint.faint(`= ${label}`)}`] : [];
  if ((!custom || type === HOST) && !full) return [];
  if (phase === "preview" || phase === undefined) return ITEMISED.has(type) && op !== "delete" ? [] : [`  ${markedBy(op, paint)} ${label}  ${op}`];
  return [`  ${markedBy(op, paint)} ${label}  ${done[op]}${seconds === undefined ? "" : `  ${paint.faint(secondsText(seconds))}`}`];
}

/** A step on a host that has ended. */
export const stepLine = ({ host, step, index, of, seconds }: StepEvent, paint: Paint): string =>
  `      ${host}  ${String(index).padStart(String(of).length)}/${String(of)}  ${inOneLine(step)}${seconds === undefined ? "" : `  ${paint.faint(secondsText(seconds))}`}`;

function messageLines({ severity, urn, text }: MessageEvent, paint: Paint): Said {
  if (severity === "debug") return {};
  if (severity === "info") return { out: text.split("\n").map((line) => `      ${urn === "" ? "" : `${nameOf(urn)}  `}${line}`) };
  return { err: [`${severity === "error" ? paint.wrong("error") : paint.changed("warning")} ${nameOf(urn)}: ${text}`] };
}

/** A diagnostic: mistakes with place and fix, each once; else the message, and where. */
export function diagnosticLines({ severity, urn, message, issues, fromProgram }: DiagnosticEvent, paint: Paint): readonly string[] {
  if (severity === "debug") return [];
  if (issues !== undefined) return issues.flatMap((issue) => issueLines(issue, paint));
  if (fromProgram === true) return message.replace(/\n$/, "").split("\n");
  const word = { error: paint.wrong("error"), warning: paint.changed("warning"), info: paint.faint("note") }[severity];
  return [`${word} ${urn === undefined ? "" : `${nameOf(urn)}: `}${message.trimEnd()}`];
}

/** What a policy changed. */
const remediationLine = ({ urn, pack, version, policy, paths }: PolicyRemediationEvent, paint: Paint): string =>
  `  ${paint.changed("~")} ${nameOf(urn)}  changed by ${pack}@${version} ${policy}: ${paths.join(", ")}`;

/** What a run said at its preview is not said again. */
const onceOnly = (lines: readonly string[], { warned }: Showing): readonly string[] => lines.filter((line) => !warned.has(line) && warned.add(line));

/** Many hosts, known before or heard of until now. */
export const isFleet = ({ hosts }: Story, { isFleet: known, full }: Showing): boolean => known || (!full && hosts.size > FEW);

/** An event where there are many hosts: warnings and mistakes in one line each, the hosts in the end. */
function fleetEventLines(event: EngineEvent, story: Story, showing: Showing): Said | undefined {
  if (event.event === "summary") return { out: fleetLines(story, showing.paint) };
  if (event.event === "planned" || event.event === "step" || event.event === "resource-outputs") return {};
  // The line of its host says it.
  if (event.event === "diagnostic" && event.fault !== undefined) return {};
  return event.event === "message" && event.severity === "info" ? {} : undefined;
}

const oneLine = (event: EngineEvent): EngineEvent => (event.event === "message" ? { ...event, text: event.text.split("\n")[0] ?? "" } : event);

/** An event as plain lines; none for most. `story` has heard it already. */
export function eventLines(event: EngineEvent, story: Story, showing: Showing): Said {
  return isFleet(story, showing) ? (fleetEventLines(event, story, showing) ?? singleLines(oneLine(event), story, showing)) : singleLines(event, story, showing);
}

function singleLines(event: EngineEvent, story: Story, showing: Showing): Said {
  const { paint, full, shown } = showing;
  switch (event.event) {
    case "planned": {
      if (event.items.length + event.reactions.length === 0 && (!full || shown.has(event.urn))) return {};
      const lines = layerLines(event, paint, full);
      const text = lines.join("\n");
      if (shown.get(event.urn) === text) return {};
      shown.set(event.urn, text);
      return { out: lines };
    }
    case "step":
      return event.seconds === undefined ? {} : { out: [stepLine(event, paint)] };
    case "message": {
      const said = messageLines(event, paint);
      if (said.err === undefined) return said;
      return { err: onceOnly(said.err, showing) };
    }
    case "resource-outputs":
      return { out: resourceLines(event, story, showing) };
    case "diagnostic": {
      const lines = diagnosticLines(event, paint);
      return { err: event.policy === undefined ? lines : onceOnly(lines, showing) };
    }
    case "policy-remediation":
      return { out: onceOnly([remediationLine(event, paint)], showing) };
    case "phase":
    case "resource-pre":
    case "summary":
      return {};
  }
}
