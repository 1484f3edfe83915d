import type { JsonObject } from "#model/value.ts";
import type { PlaybookEvent, TaskStatus } from "#ansible/events.ts";

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
}

/** An empty log. */
export function makeTaskLog(): TaskLog {
  const tasks = new Map<string, Task>();
  const names = new Map<string, number>();
  let withoutHosts = 0;
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
          const { event: _, id: _id, ...ended } = event;
          const task: Task = { ...begun, ...ended };
          tasks.set(id, task);
          return task;
        }
        case "handler":
          tasks.set(`handler ${event.name}`, { name: unique(event.name), at: "", status: "skipped", message: "", diff: [], cannotTell: `task ${event.by} may call it, and check mode does not run that` });
          return undefined;
        case "no-hosts":
          withoutHosts += 1;
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
  };
}
