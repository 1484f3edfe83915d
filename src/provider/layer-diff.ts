import { itemPath } from "#host/check.ts";
import type { Action, Plan } from "#host/plan.ts";
import { isDifference } from "#model/change.ts";
import type { Change, Difference } from "#model/change.ts";
import { canonical, hasSecret, hasUnknown, reveal } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { DiffKind, DiffResponse, PlannedField, PlannedItem } from "#provider/contract.ts";
import { itemFinder } from "#provider/layer-items.ts";
import type { LayerItem } from "#provider/layer-items.ts";
import { isWithin, memberPath, parsePath } from "#provider/property-path.ts";
import type { PropertyPath } from "#provider/property-path.ts";
import { MASK, mask } from "#model/mask.ts";

type Entry = DiffResponse["detailedDiff"][string];

const fieldPath = (item: LayerItem | Action["item"], field: string): string => memberPath(itemPath(item), field);

const patternsOf = (ignoreChanges: readonly string[]): readonly PropertyPath[] => ignoreChanges.map(parsePath).filter((path): path is PropertyPath => path !== undefined);

/** The plan without the items whose every difference the program ignores. An item is changed as a whole or not at all. */
export function ignoring(plan: Plan, ignoreChanges: readonly string[]): Plan {
  const patterns = patternsOf(ignoreChanges);
  if (patterns.length === 0) return plan;
  const isIgnored = ({ item, action, changes }: Action): boolean =>
    (action === "change" || action === "adopt") &&
    changes.filter(isDifference).every(({ field }) => patterns.some((pattern) => isWithin(["items", item.kind, item.name, field], pattern)));
  const ignored = new Set(plan.actions.filter((action) => action.action === "change" && isIgnored(action)).map(({ item }) => item));
  if (ignored.size === 0) return plan;
  const actions = plan.actions.map((action): Action => (ignored.has(action.item) ? { ...action, action: "none", changes: [], steps: [], rollback: [] } : action));
  const idle = actions.every(({ action }) => action === "none");
  return {
    ...plan,
    actions,
    wanted: plan.wanted.filter(({ item }) => !ignored.has(item)),
    reactions: idle ? [] : plan.reactions,
    empty: idle && plan.ledger.entries.length === plan.answers.ledger.entries.length && plan.answers.interrupted.length === 0,
  };
}

/**
 * The plan with what is so already, and was declared otherwise, or not at all, when it was recorded last: it becomes this layer's
 * as it is declared now. What is recorded is what is undone one day.
 */
export function recording(plan: Plan, want: readonly LayerItem[], old: readonly LayerItem[], ignoreChanges: readonly string[]): Plan {
  const patterns = patternsOf(ignoreChanges);
  const [isWanted, wasRecorded] = [itemFinder(want), itemFinder(old)];
  const isOther = ({ item }: Action): boolean => {
    const [now, last] = [isWanted(item), wasRecorded(item)];
    const paths = now === undefined ? [] : last === undefined ? [itemPath(item)] : declaredChanges(last, now).map(([path]) => path);
    return paths.some((path) => !patterns.some((pattern) => isWithin(parsePath(path) ?? [], pattern)));
  };
  return { ...plan, actions: plan.actions.map((action) => (action.action === "none" && isOther(action) ? { ...action, action: "adopt" } : action)) };
}

/** What Pulumi is told about a plan: each item and field, by property path. */
export function diffOf(plan: Plan, before: readonly LayerItem[], want: readonly LayerItem[]): DiffResponse {
  const detailedDiff: { [path: string]: Entry } = {};
  const [wasBefore, isWanted] = [itemFinder(before), itemFinder(want)];
  for (const action of plan.actions)
    for (const [path, kind] of entriesOf(action, wasBefore(action.item), isWanted(action.item)))
      detailedDiff[path] = { kind, inputDiff: true };
  const certain = plan.actions.some(({ action }) => action !== "none" && action !== "cannot-tell");
  const open = plan.actions.some(({ action }) => action === "cannot-tell");
  const changes = certain || !(plan.empty || open) ? "some" : open ? "unknown" : "none";
  return { changes, detailedDiff, diffs: changes === "none" ? [] : ["items"], replaces: [], deleteBeforeReplace: false };
}

function entriesOf({ item, action, changes }: Action, before: LayerItem | undefined, want: LayerItem | undefined): readonly (readonly [string, DiffKind])[] {
  const whole = itemPath(item);
  if (action === "none") return [];
  if (action === "cannot-tell") return changes.map(({ field }) => [field === "" ? whole : fieldPath(item, field), before === undefined ? "add" : "update"]);
  // An item that stays under its name but moves is both restored and changed: the change tells it.
  if (action === "restore" || action === "release") return want === undefined ? [[whole, "delete"]] : [];
  if (before === undefined) return [[whole, "add"]];
  const different = changes.filter(isDifference);
  if (different.length > 0 && different.every(isAbsence)) return [[whole, "add"]];
  const fields = different.map((entry): readonly [string, DiffKind] =>
    want !== undefined && (entry.field in want.want || entry.field in before.want) ? [fieldPath(item, entry.field), kindOf(entry.have, entry.want)] : [whole, "update"],
  );
  const declared = want === undefined ? [] : declaredChanges(before, want);
  return fields.length + declared.length === 0 ? [[whole, "update"]] : [...fields, ...declared];
}

/** The whole thing is not there. */
const isAbsence = ({ have }: Difference): boolean => have === undefined || have === "absent";

const kindOf = (have: Json | undefined, want: Json | undefined): DiffKind => (have === undefined ? "add" : want === undefined ? "delete" : "update");

/** Keys that the program changed. */
const declaredChanges = (before: LayerItem, want: LayerItem): readonly (readonly [string, DiffKind])[] =>
  Object.keys({ ...before.want, ...want.want })
    .filter((key) => before.want[key] !== want.want[key] && canonical(reveal(before.want[key] ?? null)) !== canonical(reveal(want.want[key] ?? null)))
    .map((key) => [fieldPath(want, key), kindOf(before.want[key], want.want[key])]);

/** The plan's items as they are shown, secrets masked. */
export function plannedItems(plan: Plan, want: readonly LayerItem[], secrets: ReadonlySet<string>): readonly PlannedItem[] {
  const isWanted = itemFinder(want);
  return plan.actions.flatMap((action): readonly PlannedItem[] => {
    const { item, changes } = action;
    const fields = changes.map((entry) => shown(entry, isWanted(item)?.want ?? {}, secrets));
    const said = { kind: item.kind, name: item.name };
    switch (action.action) {
      case "none":
        return fields.length === 0 ? [] : [{ ...said, action: "waits", fields }];
      case "adopt":
        return [{ ...said, action: "adopt", fields }];
      case "release":
        return [{ ...said, action: "restore", fields: fields.length > 0 ? fields : [{ field: "owner", note: "stays as it is; this layer lets go of it" }] }];
      default:
        return [{ ...said, action: action.action, fields }];
    }
  });
}

/** Words that say what sort of thing is there; no secret shows through them. */
const PLAIN = new Set<unknown>([undefined, null, true, false, "absent", "present", "file", "directory", "symlink", "other"]);

const isPlain = (value: Json | undefined): boolean => PLAIN.has(value);

function shown(entry: Change, want: JsonObject, secrets: ReadonlySet<string>): PlannedField {
  const { field } = entry;
  if ("cannotTell" in entry) return { field, note: mask(entry.cannotTell, secrets) };
  if ("waitsFor" in entry) return { field, note: `waits for a ${entry.waitsFor}: ${mask(entry.why, secrets)}` };
  const key = want[field];
  // A field that the kind derives may carry any secret of its item, as a digest too.
  const hidden = entry.secret === true || (key === undefined ? hasSecret(want) && !(isPlain(entry.have) && isPlain(entry.want)) : hasSecret(key));
  const text = (value: Json): string => (hidden ? MASK : short(mask(typeof value === "string" ? value : JSON.stringify(value), secrets)));
  return {
    field,
    ...(entry.have === undefined ? {} : { have: text(entry.have) }),
    ...(entry.want === undefined ? {} : { want: text(entry.want) }),
  };
}

/** A text in one short line. */
function short(text: string): string {
  const line = text.replaceAll("\n", "⏎");
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/** What differs between two declarations, whatever the host has. */
export function declaredDiff(before: readonly LayerItem[], want: readonly LayerItem[]): DiffResponse {
  const detailedDiff: { [path: string]: Entry } = {};
  const [wasBefore, isWanted] = [itemFinder(before), itemFinder(want)];
  for (const item of want) {
    const old = wasBefore(item);
    if (old === undefined) detailedDiff[itemPath(item)] = { kind: "add", inputDiff: true };
    else for (const [path, kind] of declaredChanges(old, item)) detailedDiff[path] = { kind, inputDiff: true };
  }
  for (const item of before) if (!isWanted(item)) detailedDiff[itemPath(item)] = { kind: "delete", inputDiff: true };
  const same = Object.keys(detailedDiff).length === 0;
  return { changes: same ? "none" : "some", detailedDiff, diffs: same ? [] : ["items"], replaces: [], deleteBeforeReplace: false };
}

/** What a diff says while the host, or which items there are, is not known. */
export function openDiff(before: readonly LayerItem[], want: readonly LayerItem[]): DiffResponse {
  const known = want.filter((item) => !hasUnknown(item.want));
  const [isKnown, isWanted] = [itemFinder(known), itemFinder(want)];
  const certain = declaredDiff(before.filter((item) => isKnown(item) ?? !isWanted(item)), known).changes === "some";
  return { ...declaredDiff(before, want), changes: certain ? "some" : "unknown" };
}
