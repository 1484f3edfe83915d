import { Issues } from "#model/issue.ts";
import type { Alias, Goal } from "#engine/goal.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import { nameOf, typeOf, urnOf } from "#engine/urn.ts";

/** Who asks for its state of the last run. */
export type Claimant = Pick<Goal, "type" | "name" | "parent" | "aliases">;

const refuse = (urn: string, message: string, fix: string): never => {
  throw new Issues([{ code: "resource.duplicate", at: urn, path: "", message, fix }]);
};

/** The states of the last run as the program finds them: by URN, or by a name that the resource had before (pulumi pkg/resource/deploy, getOldResource). */
export class FormerStates {
  readonly #stack: { readonly project: string; readonly stack: string };
  readonly #states: ReadonlyMap<string, ResourceState>;
  readonly #seen = new Set<string>();
  /** Who found a state by an alias, by the state's URN. */
  readonly #takers = new Map<string, string>();
  /** What was found, by the URN that it has now. */
  readonly #found = new Map<string, ResourceState>();
  /** All earlier URNs of what was declared. */
  readonly #aliases = new Map<string, readonly string[]>();

  constructor(stack: { readonly project: string; readonly stack: string }, resources: readonly ResourceState[]) {
    this.#stack = stack;
    this.#states = new Map(resources.filter((state) => state.delete !== true).map((state) => [state.urn, state]));
  }

  /** The program declares a resource. Throws `Issues` when it, or one that took its state, was declared before. */
  see(urn: string): void {
    if (this.#seen.has(urn)) refuse(urn, "is declared twice", "give one of them another name");
    this.#seen.add(urn);
    const taker = this.#takers.get(urn);
    if (taker !== undefined) refuse(urn, `is declared, and is an alias of ${taker}`, "take the alias away, or give one of them another name");
  }

  /** The state that the last run left of a resource. Throws `Issues` for an alias that is somebody else's. */
  claim(urn: string, claimant: Claimant): ResourceState | undefined {
    const own = this.#ownAliases(claimant);
    const inherited = this.#inheritedAliases(claimant, own);
    this.#aliases.set(urn, [...new Set([...own, ...inherited])].filter((alias) => alias !== urn));
    const direct = this.#states.get(urn);
    if (direct !== undefined) {
      this.#found.set(urn, direct);
      return direct;
    }
    const there = (aliases: readonly string[]): readonly string[] => aliases.filter((alias) => alias !== urn && this.#states.has(alias));
    const [asked] = there(own);
    // What is only inherited may be another resource's by right.
    const alias = asked ?? there(inherited).find((one) => !this.#isTaken(one));
    const state = this.#states.get(alias ?? "");
    if (alias === undefined || state === undefined) return undefined;
    const taker = this.#takers.get(alias);
    if (this.#isTaken(alias)) refuse(urn, taker === undefined ? `has the alias ${alias}, which is declared too` : `has the alias ${alias}, and so has ${taker}`, "take the alias away");
    this.#takers.set(alias, urn);
    this.#found.set(urn, state);
    return state;
  }

  #isTaken(urn: string): boolean {
    return this.#seen.has(urn) || this.#takers.has(urn);
  }

  /** What a declared resource was, if it was. */
  get(urn: string): ResourceState | undefined {
    return this.#found.get(urn) ?? this.#states.get(urn);
  }

  /** All that there is, each with the URNs that it has and had: what the program has declared, and what only the last run left. */
  get known(): readonly (readonly string[])[] {
    const declared = [...this.#seen].map((urn) => [urn, this.#found.get(urn)?.urn ?? urn]);
    const taken = new Set(declared.flat());
    return [...declared, ...[...this.#states.keys()].flatMap((urn) => (taken.has(urn) ? [] : [[urn]]))];
  }

  /** True for the state of something that the program has declared until now. */
  isDeclared(state: ResourceState): boolean {
    return this.#isTaken(state.urn);
  }

  /** The URNs that the program's aliases stand for; what they do not say is as it is now. */
  #ownAliases({ type, name, parent, aliases }: Claimant): readonly string[] {
    const one = (alias: Alias): readonly string[] => {
      if (typeof alias === "string") return [alias];
      const stack = { project: alias.project ?? this.#stack.project, stack: alias.stack ?? this.#stack.stack };
      const above = alias.noParent ? undefined : (alias.parent ?? parent);
      // The parent had another name too when this one had.
      return [...this.aliasesOf(above), above].map((urn) => urnOf(stack, urn, alias.type ?? type, alias.name ?? name));
    };
    return [...new Set(aliases.flatMap(one))];
  }

  /** The earlier URNs of something that was declared. */
  aliasesOf(urn: string | undefined): readonly string[] {
    return (urn === undefined ? undefined : this.#aliases.get(urn)) ?? [];
  }

  /**
   * The URNs that a resource had below its parent's earlier ones. A child that is called after its parent (`app-disk`) was called
   * after it before. A run that was ended in the middle leaves such a child below the parent's new name already.
   */
  #inheritedAliases({ type, name, parent }: Claimant, own: readonly string[]): readonly string[] {
    const above = this.aliasesOf(parent);
    if (parent === undefined || above.length === 0) return [];
    const before = [{ type, name }, ...own.map((urn) => ({ type: typeOf(urn), name: nameOf(urn) }))];
    return above.flatMap((alias) =>
      before.flatMap((child) => {
        const names = child.name.startsWith(nameOf(parent)) ? [nameOf(alias) + child.name.slice(nameOf(parent).length), child.name] : [child.name];
        return [alias, parent].flatMap((urn) => names.map((one) => urnOf(this.#stack, urn, child.type, one)));
      }),
    );
  }
}
