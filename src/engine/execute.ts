import { randomUUID } from "node:crypto";
import { isSecret, resecret, secret, UNKNOWN } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import type { CreateResponse, InitFailed, Postponed, ResourceProvider } from "#provider/contract.ts";
import { sameState } from "#engine/generate.ts";
import type { Step } from "#engine/generate.ts";
import { isProviderType } from "#engine/integrity.ts";
import type { Journal } from "#engine/journal.ts";
import type { OperationType, ResourceState } from "#engine/snapshot.ts";
import { nameOf } from "#engine/urn.ts";

/** Where steps are carried out. */
export interface Workplace {
  readonly journal: Journal;
  /** At preview nothing is changed. */
  readonly preview: boolean;
  /** What was not done because its machine does not answer, by URN, where that is no failure; filled here. */
  readonly postponed: Map<string, Postponed>;
}

const now = (): string => new Date().toISOString();

/** True for what a provider throws when the resource exists but is not what was asked for. */
export const isInitFailed = (error: unknown): error is InitFailed => error instanceof Error && error.name === "InitFailed";

/** Outputs as secret as the inputs they mirror, and as the program asks for. */
export function secretOutputs(outputs: JsonObject, { inputs, additionalSecretOutputs = [] }: Pick<ResourceState, "inputs" | "additionalSecretOutputs">): JsonObject {
  const asked = new Set(additionalSecretOutputs);
  return Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => {
      const pattern = inputs[key];
      const kept = pattern === undefined ? value : resecret(value, pattern);
      return [key, asked.has(key) && !isSecret(kept) ? secret(kept) : kept];
    }),
  );
}

/** Runs one provider call between two writes of the journal. */
async function journaled<T>({ journal, preview }: Workplace, type: OperationType, state: ResourceState, call: () => Promise<T>, done: (result: T) => void): Promise<T> {
  if (preview) {
    const result = await call();
    done(result);
    return result;
  }
  const operation = await journal.begin(type, state);
  try {
    const result = await call();
    done(result);
    return result;
  } finally {
    journal.end(operation);
  }
}

/** A provider resource has no provider: the engine makes its id, and its outputs are its inputs. */
function providerState(state: ResourceState, preview: boolean): ResourceState {
  const { __internal: _, ...outputs } = state.inputs;
  return { ...state, id: state.id ?? (preview ? UNKNOWN : randomUUID()), outputs };
}

/** What is left when the resource exists but is not what was asked for. */
const halfDone = (state: ResourceState, error: InitFailed): ResourceState => ({
  ...state,
  id: error.id === "" ? (state.id ?? "") : error.id,
  outputs: secretOutputs(error.properties, state),
  initErrors: error.reasons,
  modified: now(),
});

/** Calls the provider and puts what comes of it into the journal. */
async function change(
  step: Step,
  place: Workplace,
  type: "creating" | "updating",
  call: (provider: ResourceProvider) => Promise<CreateResponse>,
  put: (state: ResourceState) => void,
): Promise<ResourceState> {
  const { provider } = step;
  const base = type === "creating" ? { ...step.state, created: now(), modified: now() } : { ...step.state, modified: now() };
  if (provider === undefined) {
    // At preview the outputs of what an unknown provider will make are not known either.
    const state = isProviderType(base.type) ? providerState(base, place.preview) : base.custom ? { ...base, outputs: base.inputs } : { ...base, outputs: step.old?.outputs ?? {} };
    put(state);
    if (!place.preview) await place.journal.flush();
    return state;
  }
  let made = base;
  await journaled(
    place,
    type,
    step.state,
    async () => {
      try {
        const { id, properties, postponed } = await call(provider);
        if (postponed !== undefined) place.postponed.set(step.urn, postponed);
        if (id === "" && !place.preview) throw new Error(`the provider gave ${step.urn} no id`);
        return { ...base, id, outputs: secretOutputs(properties, base) };
      } catch (error) {
        if (isInitFailed(error)) put(halfDone(base, error));
        throw error;
      }
    },
    (state) => {
      made = state;
      put(state);
    },
  );
  return made;
}

const request = (step: Step): { readonly urn: string; readonly type: string; readonly name: string } => ({ urn: step.urn, type: step.state.type, name: step.name });

function create(step: Step, place: Workplace, put: (state: ResourceState) => void): Promise<ResourceState> {
  const { state } = step;
  return change(
    step,
    place,
    "creating",
    (provider) => provider.create({ ...request(step), inputs: state.inputs, preview: place.preview, timeoutSeconds: state.customTimeouts?.create ?? 0 }),
    put,
  );
}

function update(step: Step, old: ResourceState, place: Workplace): Promise<ResourceState> {
  const { state } = step;
  return change(
    step,
    place,
    "updating",
    async (provider) => {
      const answer = await provider.update({
        ...request(step),
        id: old.id ?? "",
        oldInputs: old.inputs,
        olds: old.outputs,
        news: state.inputs,
        preview: place.preview,
        timeoutSeconds: state.customTimeouts?.update ?? 0,
        ignoreChanges: state.ignoreChanges ?? [],
      });
      return { ...answer, id: old.id ?? "" };
    },
    (made) => {
      if (place.postponed.has(step.urn)) place.journal.putUnchanged(needingStill(made, old), old);
      else {
        place.journal.settle(old, old);
        place.journal.put(made, old);
      }
    },
  );
}

/** A resource that is still as it was, and needs what it needed. */
function needingStill(state: ResourceState, old: ResourceState): ResourceState {
  const union = (a: readonly string[] = [], b: readonly string[] = []): readonly string[] => [...new Set([...a, ...b])].sort();
  const keys = Object.keys({ ...old.propertyDependencies, ...state.propertyDependencies });
  return {
    ...state,
    dependencies: union(state.dependencies, old.dependencies),
    propertyDependencies: Object.fromEntries(keys.map((key) => [key, union(state.propertyDependencies[key], old.propertyDependencies[key])])),
  };
}

/** Carries out what was decided. Returns the resource's new state, which is in the journal then. */
export async function execute(step: Step, place: Workplace): Promise<ResourceState> {
  const { old, state, op } = step;
  const { journal } = place;
  if (op === "same" && old !== undefined) {
    if (sameState(state, old)) journal.keep(old, old);
    else {
      journal.put(state, old);
      if (!place.preview) await journal.flush();
    }
    return journal.made(step.urn) ?? state;
  }
  if (op === "update" && old !== undefined) return update(step, old, place);
  if (op === "replace" && old !== undefined) return replace(step, old, place);
  if (op === "import" && old !== undefined) return takeOver(step, old, place);
  return create(step, place, (made) => journal.putMade(made, old));
}

/** Takes over what is there, and makes it as the program says. What the program had in its place is deleted in the end. */
async function takeOver(step: Step, found: ResourceState, place: Workplace): Promise<ResourceState> {
  const { displaced, diff, state } = step;
  const { journal, preview } = place;
  const isOwn = displaced !== undefined && displaced.external !== true && displaced.pendingReplacement !== true;
  if (isOwn) journal.settle(displaced, { ...displaced, delete: true });
  const differs = diff?.changes === "some" || (found.initErrors ?? []).length > 0;
  const taken = differs ? found : state;
  journal.putMade(taken, isOwn ? undefined : displaced);
  if (!preview) await journal.flush();
  return differs ? update(step, found, place) : taken;
}

/** Makes the new resource and leaves the old one to be deleted in the end; or the other way round where the provider says so. */
async function replace(step: Step, old: ResourceState, place: Workplace): Promise<ResourceState> {
  const { journal } = place;
  if (step.diff?.deleteBeforeReplace !== true)
    return create(step, place, (made) => {
      journal.settle(old, { ...old, delete: true });
      journal.putMade(made, undefined);
    });
  const deleted = { ...old, pendingReplacement: true };
  const forget = (): void => {
    journal.settle(old, deleted);
    for (const one of step.companions ?? []) journal.settle(one, { ...one, pendingReplacement: true });
  };
  if (!(await deleteResource(old, needsProvider(old) ? step.provider : undefined, place, forget))) {
    journal.keep(old, old);
    return old;
  }
  return create(step, place, (made) => journal.putMade(made, deleted));
}

/** False for what is only forgotten when it is deleted. */
export const needsProvider = (state: ResourceState): boolean =>
  state.custom && !isProviderType(state.type) && state.external !== true && state.retainOnDelete !== true && state.pendingReplacement !== true;

/** Deletes a resource. What is not the engine's own, or shall outlive it, is only forgotten. Returns false where that was queued. */
export async function deleteResource(state: ResourceState, provider: ResourceProvider | undefined, place: Workplace, forget: () => void): Promise<boolean> {
  const call = async (): Promise<Postponed | undefined> =>
    provider?.delete({
      urn: state.urn,
      type: state.type,
      name: nameOf(state.urn),
      id: state.id ?? "",
      oldInputs: state.inputs,
      olds: state.outputs,
      timeoutSeconds: state.customTimeouts?.delete ?? 0,
      ...(place.preview ? { preview: true } : {}),
    });
  if (provider === undefined || place.preview) {
    // What was replaced leaves a host that its successor has changed by then: nothing true can be said now.
    if (place.preview && state.delete !== true && place.journal.made(state.urn) === undefined) await call();
    forget();
    if (!place.preview) await place.journal.flush();
    return true;
  }
  const postponed = await journaled(place, "deleting", state, call, (how) => {
    if (how !== "queued") forget();
  });
  if (postponed !== undefined) place.postponed.set(state.urn, postponed);
  return postponed !== "queued";
}
