import type { Issue } from "#model/issue.ts";
import type { PlannedEvent, Seen, SeenItem } from "#provider/contract.ts";
import type { Step } from "#engine/generate.ts";

/** Stands in place of the digest of an input that is not known yet. */
export const NOT_KNOWN = "?";

/** What is planned for one resource. Digests are keyed: secrets cannot be guessed from them. */
export interface PlannedResource {
  readonly urn: string;
  readonly op: Step["op"] | "delete";
  /** Property path of each leaf of the inputs to its digest; `?` where it is not known yet. */
  readonly inputs: { readonly [path: string]: string };
  /** Digest of all that the program says besides: parent, dependencies, protection, provider … */
  readonly options: string;
  /** What the host answered; only for a layer whose host did. */
  readonly seen?: Seen;
  /** The layer's plan as the preview showed it. */
  readonly shown?: Pick<PlannedEvent, "host" | "items" | "reactions">;
}

const FIX = "make a new plan with `steading preview --save-plan`";

const program = (at: string, path: string, message: string): Issue => ({ code: "plan.program", at, path, message: `the program changed since the plan was made: ${message}`, fix: FIX });

const host = (at: string, what: string): Issue => ({ code: "plan.host", at, path: what, message: "the host changed since the plan was made", fix: FIX });

/** Paths of inputs that are not as planned. */
function inputDifferences(planned: PlannedResource, now: PlannedResource, mayBecomeKnown: boolean): readonly string[] {
  const waited = mayBecomeKnown ? Object.keys(planned.inputs).filter((path) => planned.inputs[path] === NOT_KNOWN) : [];
  const waits = (path: string): boolean => waited.some((above) => path === above || above === "" || path.startsWith(`${above}.`) || path.startsWith(`${above}[`));
  const paths = [...new Set([...Object.keys(planned.inputs), ...Object.keys(now.inputs)])];
  return paths.filter((path) => planned.inputs[path] !== now.inputs[path] && !waits(path)).sort();
}

/** What the program says otherwise about one resource. */
function programDifferences(planned: PlannedResource, now: PlannedResource, mayBecomeKnown: boolean): readonly Issue[] {
  const inputs = inputDifferences(planned, now, mayBecomeKnown).map((path) => program(now.urn, path, "this input is another"));
  return planned.options === now.options ? inputs : [...inputs, program(now.urn, "", "its options are others")];
}

/** What is done about items that no longer count as wanted is told apart from what is done about wanted ones of the same name. */
const keyOf = ({ kind, name, action }: SeenItem): string => `${action === "restore" || action === "release" ? "-" : "+"}${kind}\0${name}`;

/** What a host answered otherwise, item by item, field by field where one is not as wanted. */
function hostDifferences(planned: Seen, now: Seen): readonly string[] {
  const found = new Map(now.items.map((item) => [keyOf(item), item]));
  const items = planned.items.flatMap((before) => {
    const item = found.get(keyOf(before));
    if (item === undefined || item.answers === before.answers) return [];
    const fields = [...new Set([...Object.keys(before.fields), ...Object.keys(item.fields)])].filter((field) => before.fields[field] !== item.fields[field]);
    return fields.length === 0 ? [`${item.kind} ${item.name}`] : fields.map((field) => `${item.kind} ${item.name} ${field}`);
  });
  return planned.ledger === now.ledger ? items : [...items, "what its ledger says is owned"];
}

/** What is done at least: an item may turn out to need less than planned once another layer was applied. */
const LESS = new Set(["none", "adopt", "release"]);

/** What may not be applied of a layer, in words. On a host that this run has changed already, only what was planned to change may. */
export function deviatingItems(planned: Seen, now: Seen, moved: boolean): readonly string[] {
  if (!moved) return hostDifferences(planned, now);
  const before = new Map(planned.items.map((item) => [keyOf(item), item.action]));
  return now.items.filter((item) => {
    const action = before.get(keyOf(item));
    return action !== "cannot-tell" && action !== item.action && !LESS.has(item.action);
  }).map(({ kind, name }) => `${kind} ${name}`);
}

/** What is not as planned about a step that is about to be carried out; what was not known then may be known now. */
export function stepDifferences(planned: PlannedResource | undefined, now: PlannedResource): readonly Issue[] {
  if (planned === undefined) return [program(now.urn, "", now.op === "delete" ? "it is no longer declared" : "it is new")];
  const issues = programDifferences(planned, now, true);
  const open = Object.values(planned.inputs).includes(NOT_KNOWN);
  if (issues.length > 0 || now.op === planned.op || now.op === "same" || open) return issues;
  return [program(now.urn, "", `the plan says ${planned.op}, it would be ${now.op}`)];
}

function resourceDifferences(planned: PlannedResource, now: PlannedResource): readonly Issue[] {
  const said = programDifferences(planned, now, false);
  const at = now.shown?.host ?? now.urn;
  if (planned.seen === undefined || now.seen === undefined) {
    if (planned.seen === now.seen) return said.length > 0 || planned.op === now.op ? said : [program(now.urn, "", `the plan says ${planned.op}, it would be ${now.op}`)];
    return [...said, host(at, planned.seen === undefined ? "it answers now" : "it does not answer")];
  }
  // Another program asks other questions: only what both asked is compared.
  const found = hostDifferences(planned.seen, now.seen).map((what) => host(at, what));
  if (said.length + found.length > 0 || planned.op === now.op) return [...said, ...found];
  return [host(at, `the plan says ${planned.op}, it would be ${now.op}`)];
}

/** All that has changed between two plans of one stack: none when the later one is the same. */
export function planDifferences(planned: readonly PlannedResource[], now: readonly PlannedResource[]): readonly Issue[] {
  // A resource that is replaced is both made and deleted.
  const key = ({ op, urn }: PlannedResource): string => `${op === "delete" ? "-" : "+"}${urn}`;
  const before = new Map(planned.map((resource) => [key(resource), resource]));
  const after = new Map(now.map((resource) => [key(resource), resource]));
  const gone = planned.filter((resource) => !after.has(key(resource)));
  return [
    ...now.flatMap((resource) => {
      const old = before.get(key(resource));
      return old === undefined ? stepDifferences(undefined, resource) : resourceDifferences(old, resource);
    }),
    ...gone.map(({ urn, op }) => program(urn, "", op === "delete" ? "it is declared again" : "it is not declared any more")),
  ];
}
