import type { JsonObject } from "#model/value.ts";
import type { OtherWay, PlaybookEvent, TaskEnd, TaskStatus } from "#ansible/events.ts";

/** A task that a run came to. */
export interface Task {
  /** Unique in its run: a name that comes again is counted. */
  readonly name: string;
  /** File and line. */
  readonly at: string;
  /** Undefined while it runs, and for what only leads to other tasks. */
  readonly status?: TaskStatus;
  readonly message: string;
  /** Why check mode cannot say what it does. */
  readonly cannotTell?: string;
  readonly diff: readonly JsonObject[];
}

/** True for a task that ended a run. */
export const isFailed = ({ status }: Pick<Task, "status">): boolean => status === "failed" || status === "unreachable";

/** The tasks of a run, in the order in which they began. */
export interface TaskLog {
  /** Takes an event in; returns the task that it is about. */
  hear(event: PlaybookEvent): Task | undefined;
  readonly tasks: readonly Task[];
  /** How many tasks have begun. */
  readonly begun: number;
  /** How many plays found no host. */
  readonly withoutHosts: number;
  /** Why no task was begun on another machine than the one that was handed over. */
  readonly refused: readonly OtherWay[];
}

/** What counts most where a task ends otherwise on several hosts: last. What cannot be told is between `ignored` and `changed`. */
const BY_WEIGHT: readonly TaskStatus[] = ["skipped", "ok", "ignored", "changed", "unreachable", "failed"];

type Ended = Pick<Task, "cannotTell"> & { readonly status: TaskStatus };

const weightOf = ({ status, cannotTell }: Ended): number => (cannotTell === undefined || isFailed({ status }) ? BY_WEIGHT.indexOf(status) : BY_WEIGHT.indexOf("changed") - 0.5);

/** A task that has ended on one more host. */
function endedOn(task: Task, { host, status, message, diff, cannotTell }: TaskEnd, own: string | undefined): Task {
  const named = (text: string): string => (text === "" || own === undefined || host === own ? text : `${host}: ${text}`);
  const now = { status, message: named(message), diff, ...(cannotTell === undefined ? {} : { cannotTell: named(cannotTell) }) };
  const { status: before } = task;
  if (before === undefined) return { ...task, ...now };
  const difference = weightOf(now) - weightOf({ ...task, status: before });
  if (difference < 0) return task;
  const { name, at } = task;
  return difference > 0 ? { name, at, ...now } : { ...task, message: [task.message, now.message].filter((text) => text !== "").join("\n"), diff: [...task.diff, ...diff] };
}

/**
 * An empty log.
 *
 * @param own - what the inventory calls the host that is meant; a message of another one names that. All hosts, when undefined
 */
export function makeTaskLog(own?: string): TaskLog {
  const tasks = new Map<string, Task>();
  const names = new Map<string, number>();
  let withoutHosts = 0;
  let refused: readonly OtherWay[] = [];
  const unique = (name: string): string => {
    const times = (names.get(name) ?? 0) + 1;
    names.set(name, times);
    return times === 1 ? name : `${name} (${times.toString()})`;
  };
  return {
    hear(event) {
      switch (event.event) {
        case "task": {
          // A handler that runs twice, or a task in a loop of includes, keeps its id.
          const id = tasks.has(event.id) ? `${event.id} ${tasks.size.toString()}` : event.id;
          const task: Task = { name: unique(event.name), at: event.at, message: "", diff: [] };
          tasks.set(id, task);
          return task;
        }
        case "end": {
          const [id] = [...tasks.keys()].filter((key) => key === event.id || key.startsWith(`${event.id} `)).slice(-1);
          const begun = id === undefined ? undefined : tasks.get(id);
          if (id === undefined || begun === undefined) return undefined;
          const task = endedOn(begun, event, own);
          tasks.set(id, task);
          return task;
        }
        case "handler":
          tasks.set(`handler ${event.name}`, { name: unique(event.name), at: "", status: "skipped", message: "", diff: [], cannotTell: `task ${event.by} may call it, and check mode does not run that` });
          return undefined;
        case "no-hosts":
          withoutHosts += 1;
          return undefined;
        case "refused":
          ({ differs: refused } = event);
          return undefined;
        case "play":
        case "end-of-playbook":
          return undefined;
      }
    },
    get tasks() {
      return [...tasks.values()].filter(({ status }) => status !== undefined);
    },
    get begun() {
      return tasks.size;
    },
    get withoutHosts() {
      return withoutHosts;
    },
    get refused() {
      return refused;
    },
  };
}
