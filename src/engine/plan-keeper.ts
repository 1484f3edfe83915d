import { Issues } from "#model/issue.ts";
import type { Issue } from "#model/issue.ts";
import { canonical, hasUnknown, isList, isObject, isSecret } from "#model/value.ts";
import type { Json } from "#model/value.ts";
import type { PlannedEvent, PlanWatch, Seen } from "#provider/contract.ts";
import { memberPath } from "#provider/property-path.ts";
import type { Step } from "#engine/generate.ts";
import { deviatingItems, NOT_KNOWN, stepDifferences } from "#engine/plan-compare.ts";
import type { PlannedResource } from "#engine/plan-compare.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import { isDefaultProvider } from "#engine/urn.ts";

/** Paths and values of all leaves; a secret is a leaf. */
function leaves(value: Json, path: string): readonly (readonly [string, Json])[] {
  if (isSecret(value)) return [[path, value]];
  const entries = isList(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : [];
  return entries.length === 0 ? [[path, value]] : entries.flatMap(([key, inner]) => leaves(inner, memberPath(path, key)));
}

/** Fields of a state that the program decides. */
const OPTIONS = ["type", "custom", "protect", "retainOnDelete", "additionalSecretOutputs", "ignoreChanges", "hideDiff", "customTimeouts", "deletedWith"] as const satisfies readonly (keyof ResourceState)[];

const optionsOf = (state: ResourceState): Json => ({
  ...Object.fromEntries(OPTIONS.map((key) => [key, (state[key] ?? null) as Json])),
  dependencies: state.dependencies.toSorted(),
  propertyDependencies: Object.fromEntries(Object.entries(state.propertyDependencies).filter(([, urns]) => urns.length > 0)),
});

/** Notes what a preview plans; from `hold` on lets only that happen. */
export class PlanKeeper implements PlanWatch {
  readonly digest: (value: Json) => string;
  readonly #planned = new Map<string, PlannedResource>();
  readonly #deletes = new Map<string, PlannedResource>();
  #holding = false;

  /** @param digest - a keyed digest of a text */
  constructor(digest: (text: string) => string) {
    this.digest = (value) => digest(canonical(value));
  }

  /** All that is planned: what is made in the order of URNs, then what is deleted. */
  get resources(): readonly PlannedResource[] {
    const byUrn = (a: PlannedResource, b: PlannedResource): number => (a.urn < b.urn ? -1 : 1);
    return [...[...this.#planned.values()].sort(byUrn), ...[...this.#deletes.values()].sort(byUrn)];
  }

  /** The preview is over: from now on only what it planned may happen. */
  hold(): void {
    this.#holding = true;
  }

  /** A step was decided. Throws `Issues` when it is not the one that was planned. */
  step({ op, urn, state }: Step): void {
    if (isDefaultProvider(urn)) return;
    // With the path, so that two places with one secret do not look alike.
    const inputs = Object.fromEntries(leaves(state.inputs, "").map(([path, value]) => [path, hasUnknown(value) ? NOT_KNOWN : this.digest([path, value])]));
    const planned = this.#planned.get(urn);
    const now: PlannedResource = { ...planned, urn, op, inputs, options: this.digest(optionsOf(state)) };
    if (this.#holding) refuse(stepDifferences(planned, now));
    else this.#planned.set(urn, now);
  }

  /** What is left to be deleted in the end. Throws `Issues` when something of it was not planned. */
  deletes(left: readonly ResourceState[]): void {
    for (const { urn } of left) {
      const now: PlannedResource = { urn, op: "delete", inputs: {}, options: "" };
      if (!this.#holding) this.#deletes.set(urn, now);
      else if (!this.#deletes.has(urn)) refuse(stepDifferences(undefined, now));
    }
  }

  /** A layer was planned. */
  planned({ urn, seen, host, items, reactions }: PlannedEvent): void {
    if (this.#holding) return;
    // Deletes come last.
    const resources = this.#deletes.has(urn) ? this.#deletes : this.#planned;
    const planned = resources.get(urn) ?? { urn, op: "same", inputs: {}, options: "" };
    resources.set(urn, { ...planned, ...(seen === undefined ? {} : { seen }), shown: { host, items, reactions } });
  }

  deviations(urn: string, seen: Seen, moved: boolean): readonly string[] {
    const planned = (this.#deletes.get(urn) ?? this.#planned.get(urn))?.seen;
    return planned === undefined || !this.#holding ? [] : deviatingItems(planned, seen, moved);
  }
}

function refuse(issues: readonly Issue[]): void {
  if (issues.length > 0) throw new Issues(issues);
}
