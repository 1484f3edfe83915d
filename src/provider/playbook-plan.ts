import type { TaskStatus } from "#ansible/events.ts";
import { isFailed } from "#ansible/tasks.ts";
import type { Task } from "#ansible/tasks.ts";
import { mask } from "#model/mask.ts";
import { canonical, isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { DiffResponse, PlannedField, PlannedItem } from "#provider/contract.ts";
import { memberPath } from "#provider/property-path.ts";
import { shortLine } from "#provider/short-line.ts";

/** What a look at a playbook found. */
export interface PlaybookPlan {
  readonly items: readonly PlannedItem[];
  /** Tasks that have nothing to do. */
  readonly unchanged: readonly string[];
  /** Tasks and how they would end. */
  readonly tasks: JsonObject;
}

type Entry = DiffResponse["detailedDiff"][string];

const KIND = "task";

/** A text in one short line, without what is secret. */
const short = (text: string, secrets: ReadonlySet<string>): string => shortLine(mask(text, secrets).trimEnd());

const NO_LINE = "no such line";

/** The lines of two texts without those that begin and end both. */
function middle(before: string, after: string): readonly [string, string] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return [a.slice(start, a.length - end).join("\n"), b.slice(start, b.length - end).join("\n")];
}

const textOf = (value: Json | undefined): string => (value === undefined || value === null ? "" : typeof value === "string" ? value : canonical(value));

/** What one diff of a module says, field by field. */
function fieldsOf(diff: JsonObject, secrets: ReadonlySet<string>): readonly PlannedField[] {
  const { before, after, prepared } = diff;
  if (typeof prepared === "string") return [{ field: "", want: short(prepared, secrets) }];
  // Older releases name their own temporary file.
  const field = textOf(diff["after_header"] ?? diff["before_header"]).replace(/ \(content\)$|^.*\/ansible-local-.*$/, "");
  const said = (name: string, have: string, want: string): PlannedField => ({ field: mask(name, secrets), ...(have === "" ? {} : { have: short(have, secrets) }), ...(want === "" ? {} : { want: short(want, secrets) }) });
  if (isObject(before) && isObject(after))
    return Object.keys({ ...before, ...after })
      .filter((key) => canonical(before[key] ?? null) !== canonical(after[key] ?? null))
      .map((key) => said(key, textOf(before[key]), textOf(after[key])));
  const [was, becomes] = [textOf(before), textOf(after)];
  const [have, want] = middle(was, becomes);
  // Of a file that is there, and stays, only lines come and go.
  return have === want ? [] : [said(field, have === "" && was !== "" ? NO_LINE : have, want === "" && becomes !== "" ? NO_LINE : want)];
}

function itemOf(task: Task, secrets: ReadonlySet<string>): PlannedItem | undefined {
  const item = { kind: KIND, name: mask(task.name, secrets) };
  const note = (text: string): readonly PlannedField[] => [{ field: "", note: short(text, secrets) }];
  if (isFailed(task)) return { ...item, action: "cannot-tell", fields: note(`check mode fails here: ${task.message}`) };
  // What check mode says of it is made of values that it has invented.
  if (task.cannotTell !== undefined) return { ...item, action: "cannot-tell", fields: note(task.cannotTell) };
  return task.status === "changed" ? { ...item, action: "change", fields: task.diff.flatMap((diff) => fieldsOf(diff, secrets)) } : undefined;
}

/** Tasks and how they ended, by name. */
export const statusesOf = (tasks: readonly Task[], secrets: ReadonlySet<string>): JsonObject => Object.fromEntries(tasks.map(({ name, status }) => [mask(name, secrets), status ?? ""]));

/** How many tasks ended how. */
export function recapOf(tasks: readonly Task[]): { readonly [count: string]: number } {
  const count = (of: TaskStatus): number => tasks.filter(({ status }) => status === of).length;
  return { tasks: tasks.length, ok: count("ok"), changed: count("changed"), skipped: count("skipped"), ignored: count("ignored"), failed: count("failed") + count("unreachable") };
}

/** A playbook that was killed goes through once more: what it had not come to may not show. */
const again = (name: string): PlannedItem => ({ kind: "playbook", name, action: "change", fields: [{ field: "", have: "a run that was killed", want: "one that goes through to its end" }] });

/**
 * What a run in check mode says of each task.
 *
 * @param interrupted - the playbook's name, where its last run was killed
 */
export function planOf(tasks: readonly Task[], secrets: ReadonlySet<string>, interrupted?: string): PlaybookPlan {
  const items = tasks.flatMap((task) => itemOf(task, secrets) ?? []);
  const ended = tasks.findLast(isFailed);
  const after: readonly PlannedItem[] = ended === undefined ? [] : [{ kind: KIND, name: "all that follow", action: "cannot-tell", fields: [{ field: "", note: `check mode ended at ${mask(ended.name, secrets)}` }] }];
  const unchanged = tasks.filter((task) => itemOf(task, secrets) === undefined).map(({ name }) => `${KIND} ${mask(name, secrets)}`);
  return { items: [...(interrupted === undefined ? [] : [again(interrupted)]), ...items, ...after], unchanged, tasks: statusesOf(tasks, secrets) };
}

/**
 * What the engine is told of a plan. Tasks that check mode cannot run are run again together with those that would change
 * something, when the files or variables differ from what was applied, or when check mode failed; not by themselves.
 *
 * @param inputs - inputs that differ
 */
export function playbookDiff(plan: PlaybookPlan, inputs: readonly string[]): DiffResponse {
  const certain = plan.items.some(({ action }) => action === "change") || Object.values(plan.tasks).some((status) => status === "failed" || status === "unreachable");
  const open = plan.items.length > 0;
  // Not `unknown`: an engine then compares inputs by itself, those that make no difference too.
  const changes = certain || (open && inputs.length > 0) ? "some" : "none";
  const detailedDiff: { [path: string]: Entry } = {};
  if (changes === "some") {
    for (const { kind, name } of plan.items) if (kind === KIND) detailedDiff[memberPath("tasks", name)] = { kind: "update", inputDiff: false };
    for (const path of inputs) detailedDiff[path] = { kind: "update", inputDiff: true };
  }
  return { changes, detailedDiff, diffs: changes === "some" ? ["tasks", ...inputs] : [], replaces: [], deleteBeforeReplace: false };
}
