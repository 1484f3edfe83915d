import { objectOf, parsedObject, textOf } from "#terraform/json.ts";

/** A mistake, or what went wrong. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail: string;
  /** The resource that it is about; empty for none. */
  readonly address: string;
}

/** What OpenTofu tells while it runs with `-json` (opentofu.org, "Machine-Readable UI"). */
export type TofuEvent =
  | { readonly event: "diagnostic"; readonly diagnostic: Diagnostic }
  /** `id`: that of what was made, where it has one. */
  | { readonly event: "begin" | "end" | "fail"; readonly address: string; readonly action: string; readonly id: string };

const events: { readonly [type: string]: "begin" | "end" | "fail" } = { apply_start: "begin", apply_complete: "end", apply_errored: "fail" };

/** The event in a line; undefined for anything else. */
export function parseTofuEvent(line: string): TofuEvent | undefined {
  const value = line.startsWith("{") ? parsedObject(line) : undefined;
  if (value === undefined) return undefined;
  if (value["type"] === "diagnostic") {
    const { severity, summary, detail, address } = objectOf(value["diagnostic"]);
    return { event: "diagnostic", diagnostic: { severity: severity === "error" ? "error" : "warning", summary: textOf(summary), detail: textOf(detail), address: textOf(address) } };
  }
  const event = events[textOf(value["type"])];
  const { resource, action, id_key: key, id_value: id } = objectOf(value["hook"]);
  return event === undefined ? undefined : { event, address: textOf(objectOf(resource)["addr"]), action: textOf(action), id: key === "id" ? textOf(id) : "" };
}

/** What was made, by what was printed until OpenTofu ended, or was killed: addresses and ids. */
export function madeIn(printed: string): ReadonlyMap<string, string> {
  const events = printed.split("\n").flatMap((line) => parseTofuEvent(line) ?? []);
  return new Map(events.flatMap((event) => (event.event === "end" && event.action === "create" && event.id !== "" ? [[event.address, event.id] as const] : [])));
}

/** A diagnostic as text: what it is about, and what it says. */
export const diagnosticText = ({ summary, detail, address }: Diagnostic): string => [`${address === "" ? "" : `${address}: `}${summary}`, detail].filter((part) => part !== "").join("\n");
