import { Issues } from "#model/issue.ts";
import { mask, secretTexts } from "#model/mask.ts";
import { secret } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { DiagnosticEvent, EngineEvent } from "#engine/events.ts";
import type { Analyzer, Violation } from "#engine/policy/analyzer.ts";
import { forPack } from "#engine/policy/for-pack.ts";
import type { Judged, JudgedOptions } from "#engine/policy/analyze-request.ts";
import { findPack } from "#engine/policy/pack-files.ts";
import type { PolicyPack } from "#engine/policy/pack-files.ts";
import { startPack } from "#engine/policy/pack-process.ts";
import { PolicyStop } from "#engine/policy/policy-stop.ts";
import { remediated } from "#engine/policy/remediated.ts";
import type { ProgramSettings } from "#engine/program-settings.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import { ROOT_TYPE, splitReference } from "#engine/urn.ts";

/** What policy packs are told of the run. */
export interface PoliciesOptions extends ProgramSettings {
  readonly report: (event: EngineEvent) => void;
  /** Ends the packs. */
  readonly signal: AbortSignal;
}

/** What the packs say of one resource. */
export interface Judgement {
  /** As the policies want them. */
  readonly inputs: JsonObject;
  /** What forbids it; told by nobody yet. */
  readonly stops: readonly PolicyStop[];
}

/** Variables of `@pulumi/pulumi` in a pack (pulumi sdk/nodejs/runtime/state.ts). */
const settingsOf = ({ project, stack, organization, directory, preview, config, secretKeys }: ProgramSettings): { readonly [name: string]: string } => ({
  PULUMI_NODEJS_PROJECT: project,
  PULUMI_NODEJS_STACK: stack,
  PULUMI_NODEJS_ORGANIZATION: organization,
  PULUMI_NODEJS_ROOT_DIRECTORY: directory,
  PULUMI_NODEJS_DRY_RUN: String(preview),
  PULUMI_CONFIG: JSON.stringify(config),
  PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
});

/** Starts a pack; what talks to it is loaded meanwhile. */
async function startAnalyzer({ directory, config }: PolicyPack, settings: { readonly [name: string]: string }, say: (line: string) => void): Promise<Analyzer> {
  const files = await findPack(directory);
  const [process, { Analyzer }] = await Promise.all([startPack(files, settings, say), import("#engine/policy/analyzer.ts")]);
  return Analyzer.of(process, files, config);
}

/** The policy packs of one run of a program. Close it in the end. */
export class Policies implements AsyncDisposable {
  readonly #options: PoliciesOptions;
  readonly #analyzers: Analyzer[] = [];
  /** Texts that nobody may read in what a pack says. */
  readonly #secrets = new Set<string>();
  /** What stack policies see of a resource that its state does not say, by URN. */
  readonly #judged = new Map<string, JudgedOptions>();

  private constructor(options: PoliciesOptions) {
    this.#options = options;
    this.#hide(Object.fromEntries(options.secretKeys.map((key) => [key, secret(options.config[key] ?? "")])));
  }

  /** Starts packs, all at once. Throws `Issues` where one cannot be; then none is left running. */
  static async start(packs: readonly PolicyPack[], options: PoliciesOptions): Promise<Policies> {
    const policies = new Policies(options);
    const settings = settingsOf(options);
    const say = (message: string): void => options.report({ event: "diagnostic", severity: "info", message: policies.#masked(message), fromProgram: true });
    const starting = packs.map((pack) => startAnalyzer(pack, settings, say));
    const started = await Promise.allSettled(starting);
    for (const each of started) if (each.status === "fulfilled") policies.#analyzers.push(each.value);
    const failures = started.flatMap((each): unknown[] => (each.status === "rejected" ? [each.reason] : []));
    if (failures.length > 0) {
      await policies[Symbol.asyncDispose]();
      const issues = failures.flatMap((error) => (error instanceof Issues ? error.issues : []));
      if (failures.some((error) => !(error instanceof Issues))) await Promise.all(starting);
      throw new Issues(issues.map((issue) => ({ ...issue, message: policies.#masked(issue.message) })));
    }
    options.signal.addEventListener("abort", policies.#end);
    if (options.signal.aborted) policies.#end();
    return policies;
  }

  readonly #end = (): void => void this[Symbol.asyncDispose]();

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal.removeEventListener("abort", this.#end);
    await Promise.all(this.#analyzers.map((analyzer) => analyzer.close()));
  }

  #hide(values: Json): void {
    for (const text of secretTexts(values)) this.#secrets.add(text);
  }

  #masked(text: string): string {
    return mask(text, this.#secrets);
  }

  /** Asks a pack; what a policy threw may quote what it was given. */
  async #ask<T>(ask: Promise<T>): Promise<T> {
    try {
      return await ask;
    } catch (error) {
      if (error instanceof Error) error.message = this.#masked(error.message);
      throw error;
    }
  }

  /** The error of a mandatory policy; tells of what is only advised. */
  #stop({ mandatory, message, urn: _, ...policy }: Violation, urn: string): readonly PolicyStop[] {
    const stop = new PolicyStop(policy, this.#masked(message));
    if (mandatory) return [stop];
    const advice: DiagnosticEvent = { event: "diagnostic", severity: "warning", urn, message: stop.message, policy };
    this.#options.report(advice);
    return [];
  }

  /** Has a resource changed by the packs, one after the other, and then judged by all (pulumi pkg/resource/deploy/step_generator.go). */
  async judge(resource: Judged): Promise<Judgement> {
    const { urn } = resource;
    this.#judged.set(urn, resource.options);
    this.#hide(resource.properties);
    this.#hide(resource.provider?.inputs ?? {});
    let inputs = resource.properties;
    for (const analyzer of this.#analyzers)
      for (const { properties, diagnostic, ...policy } of await this.#ask(analyzer.remediate({ ...resource, properties: inputs }))) {
        if (diagnostic !== "") this.#stop({ ...policy, mandatory: false, message: diagnostic, urn }, urn);
        else {
          const { inputs: next, paths } = remediated(inputs, forPack(inputs), properties);
          if (paths.length > 0) this.#options.report({ event: "policy-remediation", urn, ...policy, paths });
          inputs = next;
        }
      }
    const found = await this.#ask(Promise.all(this.#analyzers.map((analyzer) => analyzer.analyze({ ...resource, properties: inputs }))));
    return { inputs, stops: found.flat().flatMap((violation) => this.#stop(violation, urn)) };
  }

  /** What forbids the stack as it has become, by URN: the root's where a policy names no resource of it. */
  async judgeStack(states: readonly ResourceState[]): Promise<readonly { readonly urn: string; readonly stop: PolicyStop }[]> {
    const byUrn = new Map(states.map((state) => [state.urn, state]));
    for (const { outputs } of states) this.#hide(outputs);
    const resources = states.map((state) => ({
      ...state,
      properties: state.outputs,
      options: this.#judged.get(state.urn) ?? optionsOf(state),
      provider: byUrn.get(splitReference(state.provider ?? "").urn),
    }));
    const found = await this.#ask(Promise.all(this.#analyzers.map((analyzer) => analyzer.analyzeStack(resources))));
    const root = states.find(({ type }) => type === ROOT_TYPE)?.urn ?? "";
    return found.flat().flatMap((violation) => {
      const urn = byUrn.has(violation.urn) ? violation.urn : root;
      return this.#stop(violation, urn).map((stop) => ({ urn, stop }));
    });
  }
}

/** Of what was only read. */
const optionsOf = (state: ResourceState): JudgedOptions => ({
  protect: state.protect === true,
  ignoreChanges: state.ignoreChanges ?? [],
  deleteBeforeReplace: undefined,
  additionalSecretOutputs: state.additionalSecretOutputs ?? [],
  aliases: [],
  customTimeouts: state.customTimeouts,
  parent: state.parent,
});
