import type { Postponed } from "#provider/contract.ts";
import type { Changes, EngineEvent, Operation, ResourceEvent } from "#engine/events.ts";
import type { Step } from "#engine/generate.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import { isDefaultProvider, nameOf } from "#engine/urn.ts";

/** A step as far as it is told and counted. */
export type ToldStep = Pick<Step, "urn" | "name" | "diff"> & Pick<ResourceEvent, "postponed"> & { readonly op: Operation; readonly state: Pick<ResourceState, "type" | "custom" | "parent"> };

const aboutOf = ({ op, urn, name, diff, postponed, state: { type, custom, parent } }: ToldStep): Omit<ResourceEvent, "event"> => ({
  op,
  urn,
  type,
  name,
  custom,
  detailedDiff: diff?.detailedDiff ?? {},
  ...(parent === undefined ? {} : { parent }),
  ...(postponed === undefined ? {} : { postponed }),
});

/** The step that tells of a deletion. */
export const deleteStep = (state: ResourceState): ToldStep => ({ op: "delete", urn: state.urn, name: nameOf(state.urn), state, diff: undefined });

/** The outcome of a step, for `Steps.run`: how it was postponed, where it was. */
export const orPostponed =
  (step: ToldStep, postponed: ReadonlyMap<string, Postponed>) =>
  (): ToldStep | undefined => {
    const how = postponed.get(step.urn);
    return how === undefined ? undefined : { ...step, postponed: how };
  };

/** Tells of steps and counts them. Default providers are the engine's own affair: neither told nor counted. */
export class Steps {
  readonly #report: (event: EngineEvent) => void;
  readonly #counts = new Map<Operation, number>();

  constructor(report: (event: EngineEvent) => void) {
    this.#report = report;
  }

  /** What was done, or would be. */
  get changes(): Changes {
    return Object.fromEntries(this.#counts);
  }

  /** True when everything is as declared. */
  get allSame(): boolean {
    return [...this.#counts.keys()].every((op) => op === "same" || op === "read");
  }

  /** Tells that resources went with another one. */
  async tellDeleted(gone: readonly ResourceState[]): Promise<void> {
    for (const state of gone) await this.run(deleteStep(state), () => Promise.resolve());
  }

  /**
   * Carries out a step between its two events; it counts when it succeeds.
   *
   * @param outcome - what it turned out to be, where only the end shows it
   */
  async run<T>(step: ToldStep, act: () => Promise<T>, outcome: (result: T) => ToldStep | undefined = () => undefined): Promise<T> {
    const told = (result: T): ToldStep => outcome(result) ?? step;
    if (isDefaultProvider(step.urn)) return act();
    const about = aboutOf(step);
    const began = performance.now();
    const seconds = (): number => (performance.now() - began) / 1000;
    this.#report({ event: "resource-pre", ...about });
    try {
      const result = await act();
      const end = aboutOf(told(result));
      // What was postponed is not done, except that what is forgotten is gone from the state.
      if (end.postponed === undefined || (end.op === "delete" && end.postponed === "forgotten")) this.#counts.set(end.op, (this.#counts.get(end.op) ?? 0) + 1);
      this.#report({ event: "resource-outputs", ...end, seconds: seconds() });
      return result;
    } catch (error) {
      this.#report({ event: "resource-outputs", ...about, seconds: seconds(), failed: true });
      throw error;
    }
  }
}
