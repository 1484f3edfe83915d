import { isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";

/** How a task ended. `ignored`: it failed, and the playbook lets it. */
export type TaskStatus = "ok" | "changed" | "skipped" | "ignored" | "failed" | "unreachable";

const statuses: ReadonlySet<string> = new Set<TaskStatus>(["ok", "changed", "skipped", "ignored", "failed", "unreachable"]);

/** How a task ended on one host. */
export interface TaskEnd {
  readonly event: "end";
  readonly id: string;
  /** As the inventory calls it. */
  readonly host: string;
  readonly status: TaskStatus;
  readonly message: string;
  readonly cannotTell?: string;
  readonly diff: readonly JsonObject[];
}

/** A variable that leads to another machine than the one that was handed over; `want` is absent where that one has none. */
export interface OtherWay {
  readonly name: string;
  readonly have: string;
  readonly want?: string;
}

/** What a playbook tells while it runs: the lines of steading_lines.py. */
export type PlaybookEvent =
  | { readonly event: "task"; readonly id: string; readonly name: string; readonly at: string }
  | TaskEnd
  /** A handler that would be run by a task of which nothing can be told. */
  | { readonly event: "handler"; readonly name: string; readonly by: string }
  /** No task of a play was begun: it would be done on another machine. */
  | { readonly event: "refused"; readonly differs: readonly OtherWay[] }
  | { readonly event: "no-hosts" | "end-of-playbook" | "play" };

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const isStatus = (value: string): value is TaskStatus => statuses.has(value);

function parsed(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The event in a line; undefined for anything else that is printed. */
export function parseEvent(line: string): PlaybookEvent | undefined {
  const value = line.startsWith('{"steading"') ? parsed(line) : undefined;
  if (value === undefined) return undefined;
  const event = textOf(value["steading"]);
  switch (event) {
    case "task":
      return { event, id: textOf(value["id"]), name: textOf(value["name"]), at: textOf(value["at"]) };
    case "end": {
      const { diff, cannotTell } = value;
      const status = textOf(value["status"]);
      if (!isStatus(status)) return undefined;
      return {
        event,
        id: textOf(value["id"]),
        host: textOf(value["host"]),
        status,
        message: textOf(value["message"]),
        diff: Array.isArray(diff) ? diff.filter(isObject) : [],
        ...(typeof cannotTell === "string" ? { cannotTell } : {}),
      };
    }
    case "handler":
      return { event, name: textOf(value["name"]), by: textOf(value["by"]) };
    case "refused": {
      const { differs } = value;
      return { event, differs: (Array.isArray(differs) ? differs.filter(isObject) : []).map(({ name, have, want }) => ({ name: textOf(name), have: textOf(have), ...(typeof want === "string" ? { want } : {}) })) };
    }
    case "no-hosts":
    case "end-of-playbook":
    case "play":
      return { event };
    default:
      return undefined;
  }
}
