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

/** Address and id of what an event says was made; undefined for all else. */
export const madeBy = (event: TofuEvent): readonly [address: string, id: string] | undefined =>
  event.event === "end" && event.action === "create" && event.id !== "" ? [event.address, event.id] : undefined;

/** What was made, by what was printed until OpenTofu ended, or was killed: addresses and ids. */
export const madeIn = (printed: string): ReadonlyMap<string, string> =>
  new Map(printed.split("\n").flatMap((line) => {
    const event = parseTofuEvent(line);
    const made = event === undefined ? undefined : madeBy(event);
    return made === undefined ? [] : [made];
  }));

/** A diagnostic as text: what it is about, and what it says. */
export const diagnosticText = ({ summary, detail, address }: Diagnostic): string => [`${address === "" ? "" : `${address}: `}${summary}`, detail].filter((part) => part !== "").join("\n");
