import { Issues } from "#model/issue.ts";
import type { Issue } from "#model/issue.ts";
import { requires } from "#engine/integrity.ts";
import type { Journal } from "#engine/journal.ts";
import { inShort } from "#engine/placed.ts";
import type { ResourceState, Snapshot } from "#engine/snapshot.ts";
import { nameOf } from "#engine/urn.ts";

/** What a run is about. */
export interface TargetOptions {
  /** URNs, URNs with wildcards (`*` stays between two colons, `**` does not), or names of resources. */
  readonly asked: readonly string[];
  /** `exclude`: the run is about all others. */
  readonly mode: "target" | "exclude";
  /** As they are: also what depends on them, directly or not. */
  readonly withDependents: boolean;
}

/** What else there is besides the resources of a stack: what killed runs were making. */
const statesOf = ({ resources, pendingOperations }: Snapshot): readonly ResourceState[] => [...resources, ...pendingOperations.map(({ resource }) => resource)];

/** As pulumi pkg/resource/deploy/deployment.go, UrnTargets; and names. */
function matcherOf(asked: string): (urn: string) => boolean {
  if (asked.includes("*")) {
    const parts = asked.split("**").map((part) => part.split("*").map((text) => text.replace(/[\\^$.+?()[\]{}|]/g, "\\$&")).join("[^:]*"));
    const pattern = new RegExp(`^${parts.join(".*")}$`, "s");
    return (urn) => pattern.test(urn);
  }
  return asked.startsWith("urn:") ? (urn) => urn === asked : (urn) => nameOf(urn) === asked;
}

/** The resources that a run is about; the others stay as the last run left them. */
export class Targets {
  readonly #options: TargetOptions;
  readonly #matchers: readonly (readonly [asked: string, matches: (urn: string) => boolean])[];
  /** URNs of what was asked for, and of what depends on it. */
  readonly #reached = new Set<string>();

  constructor(options: TargetOptions, base: Snapshot | undefined) {
    this.#options = options;
    this.#matchers = options.asked.map((asked) => [asked, matcherOf(asked)]);
    for (const state of base === undefined ? [] : statesOf(base)) this.#reach(state.urn, state.urn, requires(state));
  }

  #reach(urn: string, former: string, needs: readonly string[]): boolean {
    const isAsked = this.#matchers.some(([, matches]) => matches(urn));
    if (isAsked || this.#reached.has(former) || (this.#options.withDependents && needs.some((other) => this.#reached.has(other)))) this.#reached.add(urn);
    return this.#reached.has(urn);
  }

  /**
   * True for a resource of the program that the run is about. What it needs must have been asked about before.
   *
   * @param former - its URN until now
   * @param needs - the URNs that it needs
   */
  includes(urn: string, former: string, needs: readonly string[]): boolean {
    return this.#reach(urn, former, needs) === (this.#options.mode === "target");
  }

  /** True for a resource of the last run that this one is about. */
  includesState(urn: string): boolean {
    return this.#reached.has(urn) === (this.#options.mode === "target");
  }

  /** What nothing is called, and names of more than one. Each resource comes with all URNs that it has or had. */
  mistakes(resources: readonly (readonly string[])[]): readonly Issue[] {
    const known = [...new Map(resources.map((urns) => [urns[0], urns])).values()];
    const at = `--${this.#options.mode}`;
    return this.#matchers.flatMap(([asked, matches]): readonly Issue[] => {
      const [first, ...more] = known.filter((urns) => urns.some(matches)).map(([urn = ""]) => urn);
      if (first === undefined) return [{ code: "target.missing", at, path: asked, message: "there is no such resource in the program, nor in the state", fix: "give its URN or its name, as a preview with --json --full lists them" }];
      if (more.length === 0 || asked.includes("*")) return [];
      return [{ code: "target.ambiguous", at, path: asked, message: `is the name of ${String(1 + more.length)} resources`, fix: `give its URN: ${inShort([first, ...more])}` }];
    });
  }

  /** What stays of what this run has not come to. */
  spared(journal: Journal): readonly ResourceState[] {
    return [...journal.left(), ...journal.unfinished].filter((state) => !this.includesState(journal.origin(state).urn));
  }

  /**
   * What cannot be deleted, because something that stays needs it: an issue for each. What was replaced waits for that.
   *
   * @param isDeclared - it stays, whatever has come of it
   */
  refusals(journal: Journal, isDeclared: (state: ResourceState) => boolean): readonly Issue[] {
    if (this.#options.mode === "exclude") return [];
    const spared = new Set(this.spared(journal));
    const going = new Set(journal.left().flatMap((state) => (spared.has(state) || journal.made(state.urn) !== undefined || isDeclared(journal.origin(state)) ? [] : [state.urn])));
    return [...neededBy([...spared], going)].map(([urn, names]) => ({
      code: "target.needed",
      at: urn,
      path: "",
      message: `is to be deleted, and what is not a target needs it: ${inShort(names)}`,
      fix: "add --target-dependents, or --target for each of them",
    }));
  }

  /** What was replaced and stays for now, with the names of what needs it. */
  waiting(journal: Journal): ReadonlyMap<string, readonly string[]> {
    return neededBy(this.spared(journal), new Set(journal.left().flatMap(({ urn, delete: isReplaced }) => (isReplaced === true ? [urn] : []))));
  }

  /** Refuses to delete what is not a target for the sake of one that is made anew. Throws `Issues`. */
  refuse(states: readonly ResourceState[], anew: string): void {
    const others = states.filter(({ urn }) => !this.includesState(urn));
    if (others.length === 0) return;
    const message = `must be deleted before ${nameOf(anew)} is made anew, and ${this.#options.mode === "target" ? "is not a target" : "is excluded"}`;
    const fix = this.#options.mode === "target" ? "add --target-dependents, or --target for it" : `exclude ${nameOf(anew)} too`;
    throw new Issues(others.map(({ urn }) => ({ code: "target.needed", at: urn, path: "", message, fix })));
  }
}

/** Which of the URNs are needed, by what. */
function neededBy(states: readonly ResourceState[], urns: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const state of states) for (const urn of new Set(requires(state))) if (urns.has(urn) && urn !== state.urn) found.set(urn, [...(found.get(urn) ?? []), nameOf(state.urn)]);
  return found;
}
