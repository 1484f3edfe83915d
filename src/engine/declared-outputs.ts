import { canonical } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import type { FormerStates } from "#engine/former-states.ts";
import type { Journal } from "#engine/journal.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import { ROOT_TYPE } from "#engine/urn.ts";
import { knownOf, withoutPreviewMarks } from "#engine/wire-values.ts";

/** What the outputs of a run go into. */
export interface OutputsOptions {
  readonly journal: Journal;
  readonly former: FormerStates;
  readonly preview: boolean;
}

/** Outputs that the program gives to its components, and to the stack. */
export class DeclaredOutputs {
  readonly #options: OutputsOptions;
  #stack: { readonly urn: string; readonly outputs: JsonObject } | undefined;

  constructor(options: OutputsOptions) {
    this.#options = options;
  }

  /** The stack, and its outputs; final once `finish` was called. */
  get ofStack(): { readonly urn: string; readonly outputs: JsonObject } {
    return this.#stack ?? { urn: "", outputs: {} };
  }

  async register(urn: string, outputs: JsonObject): Promise<void> {
    const state = this.#options.journal.made(urn);
    if (state === undefined) return;
    // A stack's outputs are complete only when the whole run is.
    if (state.type === ROOT_TYPE) this.#stack = { urn, outputs: withoutPreviewMarks(this.#known(urn, outputs)) };
    else await this.#put(state, this.#known(urn, outputs));
  }

  /** Puts the stack's outputs into the state; after a failure what it did not come to stays as it was. */
  async finish(succeeded: boolean): Promise<void> {
    if (this.#stack === undefined) return;
    const { urn, outputs } = this.#stack;
    const state = this.#options.journal.made(urn);
    if (state !== undefined) await this.#put(state, succeeded ? outputs : { ...this.#options.former.get(urn)?.outputs, ...outputs });
  }

  /** Outputs that come from what was not made stay as the last run had them. */
  #known(urn: string, outputs: JsonObject): JsonObject {
    const { former, preview } = this.#options;
    return preview ? outputs : knownOf(outputs, former.get(urn)?.outputs ?? {});
  }

  async #put(state: ResourceState, outputs: JsonObject): Promise<void> {
    if (canonical(state.outputs) === canonical(outputs)) return;
    const { journal, preview } = this.#options;
    journal.setOutputs(state, outputs);
    if (!preview) await journal.flush();
  }
}
