import { mask, MASK } from "#model/mask.ts";
import { canonical, differingKeys, hasSecret, isObject, isSecret, reveal, secret, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject, Secret } from "#model/value.ts";
import type { DiffKind, DiffResponse, PlannedField, PlannedItem } from "#provider/contract.ts";
import { memberPath } from "#provider/property-path.ts";
import { shortLine } from "#provider/short-line.ts";
import type { PlannedOutput, TerraformAction, TerraformChange, TerraformPlan } from "#terraform/plan.ts";

const KIND = "resource";

const LATER = "(known after apply)";

/** A value as JSON, with secrets and unknowns in words. */
function shownJson(value: Json): Json {
  if (isSecret(value)) return MASK;
  if (value === UNKNOWN) return LATER;
  if (Array.isArray(value)) return value.map(shownJson);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shownJson(inner)])) : value;
}

/** A value in one short line; undefined where there is none. */
function shown(value: Json | undefined, secrets: ReadonlySet<string>): string | undefined {
  if (value === undefined || value === null) return undefined;
  const json = shownJson(value);
  return shortLine(mask(typeof json === "string" ? json : canonical(json), secrets));
}

/** What providers report of an attribute that nobody set. */
const isEmpty = (value: Json | undefined): boolean => ['""', "0", "false", "[]", "{}", "null"].includes(canonical(value ?? null));

/** Attributes that differ. Of a resource that is made anew: not those that are only computed again, or that nobody set. */
function changedAttributes({ before, after, action, replacedFor }: TerraformChange): readonly string[] {
  if (action === "delete" || action === "forget") return [];
  const differing = differingKeys(before, after).toSorted();
  if (action !== "replace") return differing;
  return differing.filter((key) => replacedFor.includes(key) || (after[key] !== UNKNOWN && !(isEmpty(before[key]) && isEmpty(after[key]))));
}

function noteOf({ action, from = "" }: TerraformChange): string | undefined {
  switch (action) {
    case "replace":
      return "is taken away and made anew";
    case "forget":
      return "stays as it is, and is no longer this stack's";
    case "import":
      return `there already as ${from}; from now on this stack's`;
    case "move":
      return `was ${from}`;
    default:
      return from === "" ? undefined : `there already as ${from}`;
  }
}

const ITEM_ACTIONS: { readonly [A in TerraformAction]: PlannedItem["action"] } = { create: "change", update: "change", replace: "change", delete: "restore", forget: "restore", import: "adopt", move: "adopt" };

function itemOf(change: TerraformChange, secrets: ReadonlySet<string>): PlannedItem {
  const note = noteOf(change);
  const fields = changedAttributes(change).map((key): PlannedField => {
    const [have, want] = [shown(change.before[key], secrets), shown(change.after[key], secrets)];
    const why = change.replacedFor.includes(key) ? { note: "for this it is made anew" } : {};
    return { field: key, ...(have === undefined ? {} : { have }), ...(want === undefined ? {} : { want }), ...why };
  });
  // A resource that is made anew was there.
  const all = note === undefined ? fields : [{ field: "", ...(change.action === "replace" ? { have: "there", want: "made anew" } : { note: mask(note, secrets) }) }, ...fields];
  return { kind: KIND, name: change.address, action: ITEM_ACTIONS[change.action], fields: all };
}

function outputItem(name: string, { value, sensitive }: PlannedOutput, before: Json | undefined, secrets: ReadonlySet<string>): PlannedItem {
  const [have, want] = [sensitive && before !== undefined ? MASK : shown(before, secrets), sensitive ? MASK : shown(value, secrets)];
  return { kind: "output", name, action: "change", fields: [{ field: "", ...(have === undefined ? {} : { have }), ...(want === undefined ? {} : { want }) }] };
}

/** A plan, item by item. `before` are the outputs that there are. */
export function terraformItems({ changes, outputs, goneOutputs, secrets: sensitive }: TerraformPlan, before: JsonObject, more: ReadonlySet<string>): readonly PlannedItem[] {
  const secrets = new Set([...sensitive, ...more]);
  const changed = Object.entries(outputs).filter(([, output]) => output.changes);
  return [...changes.map((change) => itemOf(change, secrets)), ...changed.map(([name, output]) => outputItem(name, output, before[name], secrets)), ...goneOutputs.map((name): PlannedItem => ({ kind: "output", name, action: "restore", fields: [] }))];
}

/** Resources that stay as they are, as the plan's event names them. */
export const unchangedItems = ({ unchanged }: TerraformPlan): readonly string[] => unchanged.map((address) => `${KIND} ${address}`);

type Entry = DiffResponse["detailedDiff"][string];

const DIFF_KINDS: { readonly [A in TerraformAction]: DiffKind } = { create: "add", update: "update", replace: "update", delete: "delete", forget: "delete", import: "add", move: "update" };

/** What happens to a resource, attribute by attribute where it is there before and after. */
function entriesOf(change: TerraformChange): readonly (readonly [string, Entry])[] {
  const path = memberPath("resources", change.address);
  const kind = (key: string): DiffKind => ((change.before[key] ?? null) === null ? "add" : (change.after[key] ?? null) === null ? "delete" : "update");
  const attributes = change.action === "update" || change.action === "replace" ? changedAttributes(change) : [];
  if (attributes.length === 0) return [[path, { kind: DIFF_KINDS[change.action], inputDiff: false }]];
  return attributes.map((key) => [memberPath(path, key), { kind: kind(key), inputDiff: false }]);
}

/**
 * What the engine is told of a plan. A resource of Terraform that is replaced does not replace the stack that it is in.
 *
 * @param inputs - inputs that differ
 */
export function terraformDiff(plan: TerraformPlan, inputs: readonly string[]): DiffResponse {
  const outputs = Object.entries(plan.outputs).filter(([, { changes }]) => changes);
  const ofOutputs = outputs.length + plan.goneOutputs.length;
  const changes = plan.changes.length + ofOutputs > 0 ? "some" : "none";
  const detailedDiff: { [path: string]: Entry } = {};
  if (changes === "some") {
    for (const [path, entry] of plan.changes.flatMap(entriesOf)) detailedDiff[path] = entry;
    for (const [name, { sensitive }] of outputs) detailedDiff[memberPath(sensitive ? "secretOutputs" : "outputs", name)] = { kind: "update", inputDiff: false };
    for (const name of plan.goneOutputs) detailedDiff[memberPath("outputs", name)] = { kind: "delete", inputDiff: false };
    for (const path of inputs) detailedDiff[path] = { kind: "update", inputDiff: true };
  }
  return { changes, detailedDiff, diffs: changes === "some" ? ["resources", ...(ofOutputs > 0 ? ["outputs", "secretOutputs"] : []), ...inputs] : [], replaces: [], deleteBeforeReplace: false };
}

/** True when a text of `secrets` is in a value. */
const gives = (value: Json, secrets: ReadonlySet<string>): boolean => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return mask(text, secrets) !== text;
};

/** Outputs of a plan, or of a state. */
interface Outputs {
  readonly outputs: { readonly [name: string]: Pick<PlannedOutput, "value" | "sensitive"> };
}

/** The outputs of a plan or a state: those that are sensitive, or hold what a secret variable holds, are secrets. */
export function outputsOf({ outputs }: Outputs, secrets: ReadonlySet<string>): { readonly outputs: JsonObject; readonly secretOutputs: Secret } {
  const all = Object.entries(outputs);
  const isHidden = ([, { value, sensitive }]: (typeof all)[number]): boolean => sensitive || hasSecret(value) || gives(reveal(value), secrets);
  const pairs = (hidden: boolean): JsonObject => Object.fromEntries(all.filter((one) => isHidden(one) === hidden).map(([name, { value }]) => [name, reveal(value)]));
  // A secret as a whole: the SDK does not look for secrets in a part of it.
  return { outputs: pairs(false), secretOutputs: secret(pairs(true)) };
}
