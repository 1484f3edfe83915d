import type { DiagnosticEvent } from "#engine/events.ts";
import { isProviderType } from "#engine/integrity.ts";
import type { References } from "#engine/integrity.ts";
import type { Providers } from "#engine/providers.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import { isDefaultProvider, nameOf, ROOT_TYPE } from "#engine/urn.ts";

/** What is known of a resource before it is made. */
export type Placed = Pick<ResourceState, "urn" | "type" | "custom" | "inputs"> & References;

/** The machine that a resource is on, by the name that its provider gives it; undefined where it is on none, or that is not known. */
export async function placeOf({ urn, type, inputs, provider: reference }: Placed, providers: Providers): Promise<string | undefined> {
  if (reference === undefined) return undefined;
  // A provider that cannot be made is told of by whoever needs it.
  const provider = await providers.find(reference, urn).catch(() => undefined);
  return provider?.placeOf?.(type, inputs);
}

const SHOWN = 20;

/** Names as a message has them: not more than a person reads. */
export const inShort = (names: readonly string[]): string => names.slice(0, SHOWN).join(", ") + (names.length > SHOWN ? ` and ${String(names.length - SHOWN)} more` : "");

/** What a run did not come to, and why, as one error: machines by name, other resources by theirs. Undefined for nothing. `told` are not named. */
export async function notBegun(states: readonly Placed[], providers: Providers, why: string, told: ReadonlySet<string | undefined> = new Set()): Promise<DiagnosticEvent | undefined> {
  const own = states.filter(({ urn, type, custom }) => custom && type !== ROOT_TYPE && !isProviderType(type) && !isDefaultProvider(urn));
  const places = await Promise.all(own.map(async (state) => (await placeOf(state, providers)) ?? nameOf(state.urn)));
  const names = [...new Set(places)].filter((name) => !told.has(name));
  if (names.length === 0) return undefined;
  return { event: "diagnostic", severity: "error", message: `${why}; not begun: ${inShort(names)}`, notBegun: names };
}
