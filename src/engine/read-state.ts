import { canonical, resecret } from "#model/value.ts";
import type { InitFailed, Postponed, ReadRequest, ReadResponse, ResourceProvider } from "#provider/contract.ts";
import type { EngineEvent } from "#engine/events.ts";
import { isInitFailed, secretOutputs } from "#engine/execute.ts";
import { explainError } from "#engine/explain-error.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import { nameOf } from "#engine/urn.ts";

/** What a provider says is there. */
export interface Reading {
  /** The state with what was found; the same object when that is as it was. Undefined when the resource is gone. */
  readonly state: ResourceState | undefined;
  /** It could not be read, and that is no failure. */
  readonly postponed?: Postponed;
}

function readState(old: ResourceState, found: ReadResponse, initErrors: readonly string[]): ResourceState {
  // A provider that returns no inputs cannot tell them.
  const inputs = Object.keys(found.inputs).length === 0 ? old.inputs : Object.fromEntries(Object.entries(found.inputs).map(([key, value]) => [key, resecret(value, old.inputs[key] ?? null)]));
  const outputs = secretOutputs(
    Object.fromEntries(Object.entries(found.properties).map(([key, value]) => [key, resecret(value, old.outputs[key] ?? null)])),
    { ...old, inputs: { ...inputs, ...old.inputs } },
  );
  const { initErrors: before, ...rest } = old;
  const same = canonical(inputs) === canonical(old.inputs) && canonical(outputs) === canonical(old.outputs) && found.id === old.id;
  if (same && canonical(before ?? []) === canonical(initErrors)) return old;
  return { ...rest, id: found.id, inputs, outputs, ...(initErrors.length === 0 ? {} : { initErrors }), ...(same ? {} : { modified: new Date().toISOString() }) };
}

/** Asks a provider. What is there and not as it should be is there too, and `failed` says why. */
export async function readOf(provider: ResourceProvider, request: ReadRequest): Promise<{ readonly found: ReadResponse; readonly failed?: InitFailed }> {
  try {
    return { found: await provider.read(request) };
  } catch (error) {
    if (!isInitFailed(error)) throw error;
    return { found: { id: error.id, inputs: {}, properties: error.properties }, failed: error };
  }
}

/** Asks the provider what is there. */
export async function readNow(old: ResourceState, provider: ResourceProvider, report: (event: EngineEvent) => void): Promise<Reading> {
  const { found, failed } = await readOf(provider, { urn: old.urn, type: old.type, name: nameOf(old.urn), id: old.id ?? "", inputs: old.inputs, properties: old.outputs });
  // Worth a warning when one only looks.
  if (failed !== undefined) report({ ...explainError(failed, old.urn), severity: "warning" });
  if (found.postponed !== undefined) return { state: old, postponed: found.postponed };
  return { state: found.id === "" ? undefined : readState(old, found, failed?.reasons ?? []) };
}
