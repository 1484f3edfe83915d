import type { DiagnosticEvent, EngineEvent, PolicyRemediationEvent, ResourceEvent, SummaryEvent } from "#engine/events.ts";
import type { PlannedEvent, Postponed } from "#provider/contract.ts";
import { issueOutput } from "#cli/output.ts";
import type { ErrorOutput, Output, ResourceOutput, Summary, ViolationOutput } from "#cli/output.ts";

/** The type of the resource that holds items. */
export const LAYER = "steading:host:Layer";

/** The type of a playbook. */
export const PLAYBOOK = "steading:ansible:Playbook";

/** The type of a stack of Terraform. */
export const TERRAFORM = "steading:terraform:Stack";

/** The types of the resources that tell what they do item by item. */
export const ITEMISED: ReadonlySet<string> = new Set([LAYER, PLAYBOOK, TERRAFORM]);

/** The type of the resource that only tells what a machine is. */
export const HOST = "steading:host:Host";

/** What a run told so far. */
export interface Story {
  readonly phase: "preview" | "update" | "delete" | "refresh" | undefined;
  /** The newest plan of each layer, by URN, in the order in which they came. */
  readonly plans: Map<string, PlannedEvent>;
  /** The newest operation on each resource, by URN. */
  readonly resources: Map<string, ResourceEvent>;
  /** Names of the hosts that were heard of. */
  readonly hosts: Set<string>;
  readonly diagnostics: DiagnosticEvent[];
  readonly remediations: PolicyRemediationEvent[];
  readonly summary: SummaryEvent | undefined;
}

/** The story before its first event. */
export const newStory = (): Story => ({ phase: undefined, plans: new Map(), resources: new Map(), hosts: new Set(), diagnostics: [], remediations: [], summary: undefined });

/** The story with one more event; maps and lists are filled in place. */
export function hear(story: Story, event: EngineEvent): Story {
  switch (event.event) {
    case "phase":
      return { ...story, phase: event.phase };
    case "planned":
      story.plans.set(event.urn, betterPlan(story, event));
      story.hosts.add(event.host);
      return story;
    case "resource-pre":
    case "resource-outputs":
      if (story.phase !== "update" || event.op !== "same" || !story.resources.has(event.urn)) story.resources.set(event.urn, event);
      return story;
    case "diagnostic":
      story.diagnostics.push(event);
      return story;
    case "policy-remediation":
      story.remediations.push(event);
      return story;
    case "summary":
      return { ...story, summary: event };
    default:
      return story;
  }
}

/** While it applies, a layer plans again when others have changed its host: what the run as a whole changes is what counts. */
const betterPlan = ({ phase, plans }: Story, event: PlannedEvent): PlannedEvent => {
  const before = plans.get(event.urn);
  return phase === "update" && event.items.length === 0 && before !== undefined ? before : event;
};

/** True when something happens to a resource. */
export const isChange = ({ op }: Pick<ResourceEvent, "op">): boolean => op !== "same" && op !== "read" && op !== "refresh";

/** Items of all layers, counted; a machine or another resource that changes counts as one item. */
export function summarize({ plans, resources }: Story): Summary {
  const isPostponed = (urn: string): boolean => resources.get(urn)?.postponed !== undefined;
  const items = [...plans.values()].filter(({ urn }) => !isPostponed(urn)).flatMap((plan) => plan.items);
  const others = [...resources.values()].filter((resource) => resource.custom && !ITEMISED.has(resource.type) && resource.type !== HOST && isChange(resource) && resource.postponed === undefined);
  const postponed = (how: Postponed): number => [...resources.values()].filter((resource) => resource.type !== HOST && resource.postponed === how).length;
  const count = (...actions: readonly string[]): number => items.filter(({ action }) => actions.includes(action)).length;
  const unchanged = [...plans.values()].reduce((sum, plan) => sum + (plan.unchanged?.length ?? 0), 0);
  return {
    change: count("change", "restore") + others.length,
    adopt: count("adopt"),
    cannotTell: count("cannot-tell"),
    waiting: count("waits"),
    unchanged,
    queued: postponed("queued"),
    forgotten: postponed("forgotten"),
  };
}

/** True when a run did, or a preview would do, anything. */
export const hasChanges = ({ summary, resources }: Story): boolean =>
  summary === undefined
    ? [...resources.values()].some(isChange)
    : (["create", "update", "replace", "import", "delete"] as const).some((operation) => (summary.changes[operation] ?? 0) > 0);

/** True when something is not as declared: what only becomes owned, or is only read, is. */
export function differs(story: Story): boolean {
  const { change, cannotTell, queued, forgotten } = summarize(story);
  return hasChanges(story) && change + cannotTell + queued + forgotten > 0;
}

const resourceOutput = ({ urn, type, name, op, seconds, postponed }: ResourceEvent): ResourceOutput => ({
  urn,
  type,
  name,
  operation: op,
  ...(seconds === undefined ? {} : { seconds }),
  ...(postponed === undefined ? {} : { postponed }),
});

const errorOutput = ({ message, urn, fault }: DiagnosticEvent): ErrorOutput => ({ message, ...(urn === undefined ? {} : { urn }), ...fault });

const violationOutput = ({ severity, urn = "", message, policy }: DiagnosticEvent): readonly ViolationOutput[] =>
  policy === undefined ? [] : [{ ...policy, level: severity === "error" ? "mandatory" : "advisory", urn, message }];

/** A preview and the run after it say the same. */
const distinct = <T>(list: readonly T[]): readonly T[] => [...new Map(list.map((each) => [JSON.stringify(each), each])).values()];

/** What policies found and changed, as data. */
function policyOutput({ diagnostics, remediations }: Story): Pick<Output, "violations" | "remediations"> {
  const violations = distinct(diagnostics.flatMap(violationOutput));
  const changed = distinct(remediations.map(({ event: _, ...remediation }) => remediation));
  return { ...(violations.length === 0 ? {} : { violations }), ...(changed.length === 0 ? {} : { remediations: changed }) };
}

/** The story as data. `full` keeps what stays the same. */
export function storyOutput(story: Story, full: boolean): Pick<Output, "resources" | "layers" | "summary" | "issues" | "errors" | "violations" | "remediations" | "notBegun" | "seconds"> {
  const unbegun = [...new Set(story.diagnostics.flatMap(({ notBegun }) => notBegun ?? []))];
  const errors = story.diagnostics.filter(({ severity }) => severity === "error");
  const resources = [...story.resources.values()].filter((resource) => full || isChange(resource));
  const plans = [...story.plans.values()].filter(({ items, reactions }) => full || items.length + reactions.length > 0);
  return {
    resources: resources.map(resourceOutput),
    layers: plans.map(({ urn, host, items, reactions, unchanged }) => ({ urn, host, items, reactions, ...(full && unchanged !== undefined ? { unchanged } : {}) })),
    summary: summarize(story),
    issues: errors.flatMap(({ issues }) => issues ?? []).map(issueOutput),
    errors: errors.filter(({ issues }) => issues === undefined).map(errorOutput),
    ...policyOutput(story),
    ...(unbegun.length === 0 ? {} : { notBegun: unbegun }),
    ...(story.summary === undefined ? {} : { seconds: story.summary.durationSeconds }),
  };
}
