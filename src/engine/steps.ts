import type { Changes, EngineEvent, Operation, ResourceEvent } from "#engine/events.ts";
import type { Step } from "#engine/generate.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import { isDefaultProvider } from "#engine/urn.ts";

/** A step as far as it is told and counted. */
export type ToldStep = Pick<Step, "urn" | "name" | "diff"> & { readonly op: Operation; readonly state: Pick<ResourceState, "type" | "custom" | "parent"> };

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

  /** Carries out a step between its two events; it counts when it succeeds. */
  async run<T>(step: ToldStep, act: () => Promise<T>): Promise<T> {
    if (isDefaultProvider(step.urn)) return act();
    const { type, custom, parent } = step.state;
    const about = {
      op: step.op,
      urn: step.urn,
      type,
      name: step.name,
      custom,
      detailedDiff: step.diff?.detailedDiff ?? {},
      ...(parent === undefined ? {} : { parent }),
    } satisfies Partial<ResourceEvent>;
    const began = performance.now();
    const seconds = (): number => (performance.now() - began) / 1000;
    this.#report({ event: "resource-pre", ...about });
    try {
      const result = await act();
      this.#counts.set(step.op, (this.#counts.get(step.op) ?? 0) + 1);
      this.#report({ event: "resource-outputs", ...about, seconds: seconds() });
      return result;
    } catch (error) {
      this.#report({ event: "resource-outputs", ...about, seconds: seconds(), failed: true });
      throw error;
    }
  }
}
