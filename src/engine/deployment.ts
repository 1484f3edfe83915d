import { Issues } from "#model/issue.ts";
import { hasUnknown, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { ResourceProvider } from "#provider/contract.ts";
import type { EngineEvent } from "#engine/events.ts";
import { execute, secretOutputs } from "#engine/execute.ts";
import type { Workplace } from "#engine/execute.ts";
import { explainError } from "#engine/explain-error.ts";
import { decide } from "#engine/generate.ts";
import type { Decision, Step } from "#engine/generate.ts";
import { FormerStates } from "#engine/former-states.ts";
import { GET_RESOURCE, Stopped } from "#engine/goal.ts";
import type { Declaration, Deployer, Goal, Invocation, ReadGoal, Registered } from "#engine/goal.ts";
import { importedId, readToImport } from "#engine/import-option.ts";
import { isProviderType } from "#engine/integrity.ts";
import type { Journal } from "#engine/journal.ts";
import { lookAgain } from "#engine/pending.ts";
import type { PlanKeeper } from "#engine/plan-keeper.ts";
import type { Policies } from "#engine/policy/policies.ts";
import { Forbidden } from "#engine/policy/policy-stop.ts";
import type { Pool } from "#model/pool.ts";
import type { Providers } from "#engine/providers.ts";
import type { ResourceState, Snapshot } from "#engine/snapshot.ts";
import { orPostponed, Steps } from "#engine/steps.ts";
import type { Batches } from "#engine/batches.ts";
import { Cascade } from "#engine/cascade.ts";
import { Declarations, Skipped } from "#engine/declarations.ts";
import { DeclaredOutputs } from "#engine/declared-outputs.ts";
import { DefaultProviders } from "#engine/default-providers.ts";
import type { Placed } from "#engine/placed.ts";
import { Untouched } from "#engine/untouched.ts";
import { unsupported } from "#engine/unsupported.ts";
import type { Targets } from "#engine/targets.ts";
import { packageOf, ROOT_TYPE, splitReference, urnOf } from "#engine/urn.ts";

/** What a deployment works with. */
export interface DeploymentOptions {
  readonly project: string;
  readonly stack: string;
  /** The stack's configuration, by full key: default providers are configured from it. */
  readonly config: { readonly [key: string]: string };
  /** Keys of `config` whose values are secrets. */
  readonly secretKeys: readonly string[];
  readonly preview: boolean;
  readonly base: Snapshot | undefined;
  readonly journal: Journal;
  readonly providers: Providers;
  /** Bounds how many resources are changed at once. */
  readonly pool: Pool;
  readonly report: (event: EngineEvent) => void;
  /** The first failure ends the run. */
  readonly failFast: boolean;
  /** A machine's fault is only a warning: for a preview of a run that will meet it again. @defaultValue false */
  readonly tolerant?: boolean;
  /** Lets resources begin in turn, by URN; rejects with `Stopped` those whose turn never comes. */
  readonly batches?: Batches;
  /** Told of each step before it is carried out; throws to refuse it. */
  readonly keeper?: PlanKeeper | undefined;
  /** Judge, and may change, what is to be made. */
  readonly policies?: Policies | undefined;
  /** What the run is about; undefined for all. */
  readonly targets?: Targets | undefined;
}

/**
 * Answers what a program declares: decides what is to be done about each resource and does it. A resource that fails is told of
 * and the program goes on: at preview so that all mistakes show at once, otherwise so that no machine waits for another's fault.
 * What needs that resource is left as it is, and named in the end.
 */
export class Deployment implements Deployer {
  readonly #options: DeploymentOptions;
  readonly #place: Workplace;
  readonly #former: FormerStates;
  readonly #defaults: DefaultProviders;
  readonly #cascade: Cascade;
  readonly #outputs: DeclaredOutputs;
  readonly declarations = new Declarations();
  /** URNs of what this run makes anew. */
  readonly #anew = new Set<string>();
  readonly #untouched: Untouched;
  /** Machines that were asked. */
  readonly #begun = new Set<string>();
  readonly #stopped = Promise.withResolvers<undefined>();
  readonly steps: Steps;
  #running = 0;
  #failed = false;
  #cancelled = false;
  #doubtful = false;

  constructor(options: DeploymentOptions) {
    this.#options = options;
    this.#place = { journal: options.journal, preview: options.preview, postponed: new Map() };
    this.#former = new FormerStates(options, options.base?.resources ?? []);
    this.#untouched = new Untouched(options.targets, options.journal, this.declarations);
    this.#outputs = new DeclaredOutputs({ ...options, former: this.#former });
    this.steps = new Steps(options.report);
    this.#cascade = new Cascade({
      place: this.#place,
      providers: options.providers,
      steps: this.steps,
      keeper: options.keeper,
      targets: options.targets,
      pooled: (task) => this.#pooled(task),
    });
    this.#defaults = new DefaultProviders({
      ...options,
      oldInputs: (type, name) => this.#former.get(urnOf(options, undefined, type, name))?.inputs ?? {},
      make: (goal) => {
        const urn = urnOf(options, undefined, goal.type, goal.name);
        this.#former.see(urn);
        return this.#make(urn, goal);
      },
    });
  }

  /** Something failed. */
  get failed(): boolean {
    return this.#failed;
  }

  /** What was not done, and shall not be deleted for it: postponed, or in need of what was. */
  get spared(): readonly ResourceState[] {
    const { journal } = this.#options;
    return [...this.#place.postponed.keys(), ...this.declarations.skipped.map(({ urn }) => urn)].flatMap((urn) => {
      const former = this.#former.get(urn);
      return journal.made(urn) ?? (former === undefined ? [] : journal.current(former));
    });
  }

  /** All resources of the program and of the last run, each with the URNs that it has and had. */
  get known(): readonly (readonly string[])[] {
    return this.#former.known;
  }

  /** True for the state of something that the program has declared until now. */
  isDeclared(state: ResourceState): boolean {
    return this.#former.isDeclared(state);
  }

  /** Where steps are carried out. */
  get place(): Workplace {
    return this.#place;
  }

  /** A machine's fault was met and let pass. */
  get doubtful(): boolean {
    return this.#doubtful;
  }

  /** Resolves when a failure has ended the run and nothing is under way any more. */
  get stopped(): Promise<undefined> {
    return this.#stopped.promise;
  }

  get #stopping(): boolean {
    return this.#cancelled || (this.#failed && !this.#options.preview && this.#options.failFast);
  }

  /** Somebody wants the run to end: nothing more begins. */
  cancel(): void {
    this.#cancelled = true;
    this.#options.batches?.stop();
    this.fail(new Stopped());
  }

  /** Tells of an error, which may end the run. */
  fail(error: unknown, urn?: string): void {
    const told = explainError(error, urn);
    const passes = this.#options.tolerant === true && told.fault !== undefined;
    if (!(error instanceof Stopped)) this.#options.report(passes ? { ...told, severity: "warning" } : told);
    if (passes) this.#doubtful = true;
    else this.#failed = true;
    this.#settle();
  }

  /** Tells of what is no error. */
  warn(urn: string, message: string): void {
    this.#options.report({ event: "diagnostic", severity: "warning", urn, message });
  }

  refuse(error: Error): never {
    this.#cancelled = true;
    this.fail(error);
    throw new Stopped();
  }

  #settle(): void {
    if (this.#running === 0 && this.#stopping) this.#stopped.resolve(undefined);
  }

  /** Runs a task of the program: counted, and refused once the run has ended. */
  async #task<T>(task: () => Promise<T>): Promise<T> {
    if (this.#stopping) throw new Stopped();
    this.#running += 1;
    try {
      return await task();
    } finally {
      this.#running -= 1;
      this.#settle();
    }
  }

  /** Resolves when nothing is under way: for a program that failed while resources were being made. */
  async idle(): Promise<void> {
    while (this.#running > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  register(declaration: Declaration<Goal>): Promise<Registered> {
    return this.#declared(declaration, async (urn) => this.#make(urn, await declaration.goal()));
  }

  read(declaration: Declaration<ReadGoal>): Promise<Registered> {
    return this.#declared(declaration, async (urn) => this.#readState(urn, await declaration.goal()));
  }

  /** Makes what the program asks for. After a failure the program goes on, and knows nothing of that resource. */
  #declared<T>({ parent, type, name }: Declaration<T>, make: (urn: string) => Promise<ResourceState>): Promise<Registered> {
    return this.#task(async () => {
      const urn = urnOf(this.#options, parent, type, name);
      try {
        this.#former.see(urn);
        const { id, outputs } = await make(urn);
        return { urn, id: id === UNKNOWN ? undefined : id, outputs, unknown: this.#place.postponed.has(urn) };
      } catch (error) {
        this.declarations.lack(urn);
        if (!(error instanceof Stopped)) this.declarations.begin(urn);
        if (!(error instanceof Skipped || error instanceof Forbidden)) this.fail(error, urn);
        if (this.#stopping) throw new Stopped();
        return { urn, id: undefined, outputs: {}, unknown: true };
      } finally {
        this.#options.batches?.end(urn, this.declarations.isFailed(urn));
      }
    });
  }

  async #make(urn: string, declared: Goal): Promise<ResourceState> {
    const { journal, providers } = this.#options;
    const parent = declared.parent === undefined ? undefined : this.#untouched.stateOf(declared.parent);
    const goal = { ...declared, deletedWith: declared.deletedWith ?? parent?.deletedWith };
    const former = this.#former.claim(urn, goal);
    const untouched = this.#untouched.leave({ urn, needs: goal, former, always: isProviderType(goal.type) || goal.type === ROOT_TYPE });
    if (untouched !== undefined) return untouched;
    const reference = await this.#defaults.referenceFor(goal);
    const placed = { ...goal, urn, provider: reference };
    this.declarations.add(placed);
    this.#skipIfLacking(placed);
    const provider = reference === undefined ? undefined : await providers.find(reference, urn);
    await this.#turn(placed);
    using _ = former === undefined ? undefined : await this.#cascade.begin(former);
    const decision = { urn, goal, old: former === undefined ? undefined : journal.current(former, urn), parent, reference, provider, replacedWith: goal.deletedWith !== undefined && this.#anew.has(goal.deletedWith), imported: undefined, judge: (inputs: JsonObject) => this.#judged(placed, parent, inputs) };
    const host = provider?.placeOf?.(goal.type, goal.inputs);
    const step = provider === undefined ? await decide(decision) : await this.#pooled(async () => decide(await this.#lookedAt(decision, provider)), host);
    this.#options.keeper?.step(step);
    if (this.#stopping) throw new Stopped();
    if (step.op === "replace" || (step.op === "create" && step.old !== undefined)) this.#anew.add(urn);
    const companions = step.op === "replace" && step.old !== undefined && step.diff?.deleteBeforeReplace === true ? await this.#cascade.clear(step.old) : [];
    const { postponed } = this.#place;
    const run = (): Promise<ResourceState> => {
      this.declarations.begin(urn);
      return this.steps.run(step, () => execute({ ...step, companions }, this.#place), orPostponed(step, postponed));
    };
    const state = step.provider === undefined || step.op === "same" ? await run() : await this.#pooled(run, host);
    if (isProviderType(state.type)) providers.know(state);
    if (!postponed.has(urn)) await this.steps.tellDeleted(companions);
    return state;
  }

  /** Inputs as the policies want them. At preview all that they forbid is told, and looked at. */
  async #judged(goal: Goal & { readonly urn: string }, parent: ResourceState | undefined, inputs: JsonObject): Promise<JsonObject> {
    const { policies, preview, journal } = this.#options;
    if (policies === undefined) return inputs;
    const options = { ...goal, protect: goal.protect ?? parent?.protect ?? false, aliases: this.#former.aliasesOf(goal.urn) };
    const provider = goal.provider === undefined ? undefined : journal.made(splitReference(goal.provider).urn);
    const { inputs: judged, stops } = await policies.judge({ ...goal, properties: inputs, options, provider });
    for (const stop of stops) this.fail(stop, goal.urn);
    if (stops.length > 0 && !preview) throw new Forbidden();
    return judged;
  }

  /** Has the stack judged as it has become, where nothing is missing from it. */
  async judgeStack(): Promise<void> {
    const { policies, journal } = this.#options;
    if (policies === undefined || this.#cancelled || !this.declarations.isWhole) return;
    const { urn: root, outputs } = this.#outputs.ofStack;
    const states = [...journal.declared].flatMap((urn) => journal.made(urn) ?? []);
    try {
      for (const { urn, stop } of await policies.judgeStack(states.map((state) => (state.urn === root ? { ...state, outputs } : state)))) this.fail(stop, urn);
    } catch (error) {
      this.fail(error);
    }
  }

  /** A decision with what has to be read before. */
  async #lookedAt(decision: Decision, provider: ResourceProvider): Promise<Decision> {
    const { urn, goal, reference = "" } = decision;
    const old = await lookAgain(decision.old, provider, this.#options);
    const id = importedId(goal, old);
    return { ...decision, old, imported: id === undefined ? undefined : await readToImport(id, urn, goal, reference, provider) };
  }

  /** Leaves a resource alone that needs what was not made. At preview all is looked at. */
  #skipIfLacking(placed: Placed): void {
    if (this.#options.preview || !(hasUnknown(placed.inputs) || this.declarations.lacksNeeds(placed))) return;
    this.declarations.skip(placed);
    throw new Skipped();
  }

  /** Waits until a resource may begin. */
  async #turn(placed: Placed): Promise<void> {
    await this.#options.batches?.turn(placed.urn, placed.custom && !isProviderType(placed.type));
    if (this.#stopping) throw new Stopped();
  }

  /**
   * Calls a provider as soon as there is room; not at all once the run is to end. A machine that was begun with goes on before
   * others begin: its connection is open.
   */
  #pooled<T>(task: () => Promise<T>, place?: string): Promise<T> {
    const isBegun = place !== undefined && this.#begun.has(place);
    const begin = (): Promise<T> => {
      if (this.#stopping) return Promise.reject(new Stopped());
      if (place !== undefined) this.#begun.add(place);
      return task();
    };
    return this.#options.pool.run(begin, isBegun);
  }

  registerOutputs(urn: string, outputs: JsonObject): Promise<void> {
    return this.#task(() => this.#outputs.register(urn, outputs));
  }

  async #readState(urn: string, goal: ReadGoal): Promise<ResourceState> {
    const { providers, journal, preview } = this.#options;
    const old = this.#former.get(urn);
    if (old !== undefined && old.external !== true) unsupported(urn, "letting go of a resource to only read it");
    const untouched = this.#untouched.leave({ urn, needs: { ...goal, propertyDependencies: {} }, former: old, always: true });
    if (untouched !== undefined) return untouched;
    this.#skipIfLacking({ ...goal, urn, custom: true, inputs: { ...goal.inputs, id: goal.id }, propertyDependencies: {} });
    const reference = await this.#defaults.referenceFor({ ...goal, custom: true });
    const provider = reference === undefined ? undefined : await providers.find(reference, urn);
    const base: ResourceState = {
      urn,
      custom: true,
      external: true,
      type: goal.type,
      id: goal.id,
      inputs: goal.inputs,
      outputs: {},
      dependencies: goal.dependencies,
      propertyDependencies: {},
      ...(goal.parent === undefined ? {} : { parent: goal.parent }),
      ...(reference === undefined ? {} : { provider: reference }),
      ...(goal.additionalSecretOutputs.length === 0 ? {} : { additionalSecretOutputs: goal.additionalSecretOutputs }),
    };
    // An id that is not known yet cannot be read.
    if (provider === undefined || goal.id === UNKNOWN || goal.id === "") return base;
    const step: Step = { op: "same", urn, name: goal.name, old, state: base, provider, diff: undefined };
    return this.steps.run({ ...step, op: "read" }, async () => {
      const found = await this.#pooled(() => provider.read({ urn, type: goal.type, name: goal.name, id: goal.id, properties: goal.inputs }));
      if (found.id === "") throw new Issues([{ code: "resource.missing", at: urn, path: "", message: `there is no ${goal.type} with the id ${goal.id}`, fix: "mend the id" }]);
      const state = { ...base, id: found.id, outputs: secretOutputs(found.properties, base) };
      journal.putMade(state, old);
      if (!preview) await journal.flush();
      return state;
    });
  }

  async invoke(call: Invocation): ReturnType<Deployer["invoke"]> {
    const { providers } = this.#options;
    return this.#task(async () => {
      const waits = call.dependsOn.some((urn) => (this.#untouched.stateOf(urn)?.id ?? UNKNOWN) === UNKNOWN && this.#untouched.stateOf(urn)?.custom !== false);
      if (waits || hasUnknown(call.args)) return undefined;
      if (call.token === GET_RESOURCE) return { result: this.#resource(call.args["urn"] ?? ""), failures: [] };
      const reference = call.provider ?? (await this.#defaults.of(packageOf(call.token), call.version));
      const provider = await providers.find(reference, call.token);
      // What it throws goes to the program, which may know what to do.
      return provider?.invoke(call.token, call.args);
    });
  }

  /** A resource of this run, for a program that has its URN only. */
  #resource(urn: Json): JsonObject {
    const state = typeof urn === "string" ? this.#untouched.stateOf(urn) : undefined;
    if (state === undefined) throw new Error(`unknown resource ${JSON.stringify(urn)}`);
    return { urn: state.urn, id: state.id ?? "", state: state.outputs };
  }

  /** The stack's outputs; final once `finish` was called. */
  get outputs(): JsonObject {
    return this.#outputs.ofStack.outputs;
  }

  /** Puts the stack's outputs into the state. */
  finish(succeeded: boolean): Promise<void> {
    return this.#outputs.finish(succeeded);
  }
}
