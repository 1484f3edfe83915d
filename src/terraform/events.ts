import type { JsonObject } from "#model/value.ts";
import { objectOf, parsedObject, textOf } from "#terraform/json.ts";

/** A mistake, or what went wrong. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail: string;
  /** The resource that it is about; empty for none. */
  readonly address: string;
  /** The block that it is in, as `resource.terraform_data.site`, and the place in a file that the program brought; empty for none. */
  readonly place: string;
}

/** What OpenTofu tells while it runs with `-json` (opentofu.org, "Machine-Readable UI"). */
export type TofuEvent =
  | { readonly event: "diagnostic"; readonly diagnostic: Diagnostic }
  /** `id`: that of what was made, where it has one. */
  | { readonly event: "begin" | "end" | "fail"; readonly address: string; readonly action: string; readonly id: string };

const events: { readonly [type: string]: "begin" | "end" | "fail" } = { apply_start: "begin", apply_complete: "end", apply_errored: "fail" };

/** Line numbers of what was synthesised lead nobody anywhere. */
const SYNTHESISED = "cdk.tf.json";

function placeOf({ snippet, range }: JsonObject): string {
  const { filename, start } = objectOf(range);
  const file = textOf(filename);
  const line = objectOf(start)["line"];
  return [textOf(objectOf(snippet)["context"]), file === "" || file === SYNTHESISED || typeof line !== "number" ? "" : `${file} line ${line.toString()}`].filter((part) => part !== "").join(", ");
}

function diagnosticOf(diagnostic: JsonObject): Diagnostic {
  const { severity, summary, detail, address } = diagnostic;
  return { severity: severity === "error" ? "error" : "warning", summary: textOf(summary), detail: textOf(detail), address: textOf(address), place: placeOf(diagnostic) };
}

/** The event in a line; undefined for anything else. */
export function parseTofuEvent(line: string): TofuEvent | undefined {
  const value = line.startsWith("{") ? parsedObject(line) : undefined;
  if (value === undefined) return undefined;
  if (value["type"] === "diagnostic") return { event: "diagnostic", diagnostic: diagnosticOf(objectOf(value["diagnostic"])) };
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

/** A diagnostic as text: what it is about, or where it is, and what it says. */
export function diagnosticText({ summary, detail, address, place }: Diagnostic): string {
  const subject = address === "" ? place : address;
  return [`${subject === "" ? "" : `${subject}: `}${summary}`, detail].filter((part) => part !== "").join("\n");
}
