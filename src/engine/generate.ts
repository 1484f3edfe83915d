import { Issues } from "#model/issue.ts";
import { canonical, differs } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { DiffResponse, ResourceProvider } from "#provider/contract.ts";
import type { Operation } from "#engine/events.ts";
import type { Goal } from "#engine/goal.ts";
import { withIgnoredChanges } from "#engine/ignore-changes.ts";
import { withReplacements } from "#engine/replace-on-changes.ts";
import { isProviderType } from "#engine/integrity.ts";
import { given } from "#engine/json-fields.ts";
import { refuseProtected } from "#engine/protection.ts";
import type { ResourceState } from "#engine/snapshot.ts";

/** What is to be done about one resource. */
export interface Step {
  readonly op: Extract<Operation, "same" | "create" | "update" | "replace" | "import">;
  readonly urn: string;
  readonly name: string;
  /** What it was; of one that is imported, what is there. */
  readonly old: ResourceState | undefined;
  /** The state whose place the imported one takes. */
  readonly displaced?: ResourceState | undefined;
  /** What is deleted with it when it is deleted before it is made anew. */
  readonly companions?: readonly ResourceState[];
  /** As it will be, without what only its provider can tell. */
  readonly state: ResourceState;
  /** Undefined for a component, a provider resource, and while the provider's configuration is not known. */
  readonly provider: ResourceProvider | undefined;
  readonly diff: DiffResponse | undefined;
}

/** What a step is decided from. */
export interface Decision {
  readonly urn: string;
  readonly goal: Goal;
  readonly old: ResourceState | undefined;
  /** The state of the parent, where this run has made it. */
  readonly parent: ResourceState | undefined;
  /** The reference for `provider`. */
  readonly reference: string | undefined;
  readonly provider: ResourceProvider | undefined;
  /** What it is deleted with is made anew by this run. */
  readonly replacedWith: boolean;
  /** What it takes over; undefined where it makes its own, or has it already. */
  readonly imported: ResourceState | undefined;
  /** Gives inputs that were checked as the policies want them; throws where one forbids them. */
  readonly judge: (inputs: JsonObject) => Promise<JsonObject>;
}

const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);
const yes = (flag: boolean | undefined): true | undefined => (flag === true ? true : undefined);

/** The state that a goal asks for, before it is carried out. */
function stateOf({ urn, goal, parent, reference, old }: Decision, inputs: JsonObject): ResourceState {
  return {
    urn,
    custom: goal.custom,
    type: goal.type,
    inputs,
    outputs: {},
    dependencies: goal.dependencies,
    propertyDependencies: goal.propertyDependencies,
    ...given({
      parent: goal.parent,
      provider: reference,
      protect: yes(goal.protect ?? parent?.protect),
      retainOnDelete: yes(goal.retainOnDelete ?? parent?.retainOnDelete),
      deletedWith: goal.deletedWith,
      additionalSecretOutputs: some(goal.additionalSecretOutputs),
      ignoreChanges: some(goal.ignoreChanges),
      replaceOnChanges: some(goal.replaceOnChanges),
      hideDiff: some(goal.hideDiff),
      customTimeouts: goal.customTimeouts,
      // What the program does not say again.
      id: old?.id,
      created: old?.created,
      modified: old?.modified,
      sourcePosition: old?.sourcePosition,
      stackTrace: old?.stackTrace,
      importId: goal.importId,
      extra: old?.extra,
    }),
  };
}

/** Fields whose change must be written though the resource is as it was (pulumi pkg/resource/deploy, SameStep.mustWrite). */
const WRITTEN = [
  "urn", "type", "custom", "customTimeouts", "retainOnDelete", "provider", "parent", "deletedWith", "protect", "inputs", "outputs", "propertyDependencies",
  "additionalSecretOutputs", "ignoreChanges", "hideDiff", "replaceOnChanges",
] as const satisfies readonly (keyof ResourceState)[];

const comparable = (state: ResourceState): string =>
  canonical({ ...Object.fromEntries(WRITTEN.map((key) => [key, (state[key] ?? null) as Json])), dependencies: state.dependencies.toSorted() });

/** True when a state says the same as another. */
export const sameState = (a: ResourceState, b: ResourceState): boolean => comparable(a) === comparable(b);

async function checked({ urn, goal, provider }: Decision, news: JsonObject, olds: JsonObject | undefined): Promise<JsonObject> {
  if (provider === undefined) return news;
  const { inputs, failures } = await provider.check({ urn, type: goal.type, name: goal.name, news, ...given({ olds }) });
  if (failures.length > 0)
    throw new Issues(
      failures.map(({ property, reason, issue }) => issue ?? { code: "resource.invalid", at: `${goal.type} ${goal.name}`, path: property, message: reason, fix: "" }),
    );
  return inputs;
}

/** Inputs as the provider and the policies accept them. What a policy changed is checked again: Pulumi hands it on as it is. */
async function accepted(decision: Decision, anew: boolean): Promise<JsonObject> {
  const { urn, goal, old, judge } = decision;
  const olds = anew ? undefined : old?.inputs;
  const inputs = await checked(decision, olds === undefined ? goal.inputs : withIgnoredChanges(goal.inputs, olds, goal.ignoreChanges, urn), olds);
  const judged = await judge(inputs);
  return judged === inputs ? inputs : checked(decision, judged, olds);
}

/** A difference in inputs that the engine found by itself; it ignores what is secret. */
function structural(old: JsonObject, news: JsonObject): DiffResponse {
  const diffs = [...new Set([...Object.keys(old), ...Object.keys(news)])].filter((key) => differs({ value: old[key] ?? null }, { value: news[key] ?? null }));
  const kind = (key: string): "add" | "delete" | "update" => (!(key in old) ? "add" : !(key in news) ? "delete" : "update");
  return {
    changes: diffs.length === 0 ? "none" : "some",
    detailedDiff: Object.fromEntries(diffs.map((key) => [key, { kind: kind(key), inputDiff: true }])),
    diffs,
    replaces: [],
    deleteBeforeReplace: false,
  };
}

/** What differs between a resource's last state and what is declared. */
export async function diffOf(old: ResourceState, inputs: JsonObject, provider: ResourceProvider | undefined, goal: Pick<Goal, "type" | "name" | "ignoreChanges" | "replaceOnChanges">): Promise<DiffResponse> {
  if (provider === undefined) return structural(old.inputs, inputs);
  const diff = await provider.diff({
    urn: old.urn,
    type: goal.type,
    name: goal.name,
    id: old.id ?? "",
    oldInputs: old.inputs,
    olds: old.outputs,
    news: inputs,
    ignoreChanges: goal.ignoreChanges,
  });
  return withReplacements(diff.changes === "unknown" ? structural(old.inputs, inputs) : diff, goal.replaceOnChanges, old.urn);
}

/** True when a difference can only be made by a new resource. */
export const replaces = (diff: DiffResponse): boolean =>
  diff.changes === "some" && (diff.replaces.length > 0 || Object.values(diff.detailedDiff).some(({ kind }) => kind.endsWith("-replace")));

/** What is made anew is not what the program says it has taken over. */
function refuseImported({ urn, goal }: Decision, { replaces: keys }: DiffResponse): void {
  if (goal.importId === undefined) return;
  const message = `takes over ${goal.importId}, which would have to be made anew${keys.length === 0 ? "" : ` for ${keys.join(", ")}`}`;
  throw new Issues([{ code: "resource.import", at: urn, path: "import", message, fix: "declare it as it is, or take `import` away" }]);
}

/** Decides what to do about one resource (pulumi pkg/resource/deploy/step_generator.go). Touches nothing. */
export async function decide(decision: Decision): Promise<Step> {
  const { urn, goal, provider, imported } = decision;
  // Deleted in order to be replaced, by a run that came no further.
  const old = imported ?? (decision.old?.pendingReplacement === true ? undefined : decision.old);
  const base = { urn, name: goal.name, old: imported ?? decision.old, provider };
  if (old === undefined) {
    const anew = { ...decision, old: undefined };
    return { ...base, op: "create", state: stateOf(anew, await accepted(anew, true)), diff: undefined };
  }
  if (old.external === true)
    throw new Issues([{ code: "engine.unsupported", at: urn, path: "", message: "was only read until now; Steading's own engine cannot make it its own yet", fix: "use the Pulumi CLI" }]);
  const now = { ...decision, old };
  const inputs = await accepted(now, false);
  const found = await diffOf(old, inputs, provider, goal);
  const diff: DiffResponse = decision.replacedWith && goal.custom ? { ...found, changes: "some", replaces: [...found.replaces, "deletedWith"] } : found;
  const state = stateOf(now, inputs);
  // A provider that is configured otherwise is the same provider; only a real resource can be replaced.
  if (!isProviderType(goal.type) && replaces(diff)) {
    refuseProtected({ ...old, urn }, "must be replaced");
    refuseImported(decision, diff);
    const anew = { ...decision, old: undefined };
    return { ...base, op: "replace", state: stateOf(anew, await accepted(decision, true)), diff: { ...diff, deleteBeforeReplace: goal.deleteBeforeReplace ?? diff.deleteBeforeReplace } };
  }
  if (imported !== undefined) {
    if (decision.old !== undefined) refuseProtected({ ...decision.old, urn }, "must be replaced");
    return { ...base, op: "import", displaced: decision.old, state: { ...state, outputs: old.outputs }, diff };
  }
  if (diff.changes === "some" || (old.initErrors ?? []).length > 0) return { ...base, op: "update", state, diff };
  return { ...base, op: "same", state: { ...state, outputs: old.outputs }, diff };
}
