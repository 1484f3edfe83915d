import { Issues } from "#model/issue.ts";
import { canonical, hasUnknown } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import type { PlanWatch, ProviderEvent, ResourceProvider } from "#provider/contract.ts";
import { needsProvider } from "#engine/execute.ts";
import { providerReference } from "#engine/integrity.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import { packageOf } from "#engine/urn.ts";

/** Finds the provider of a package; undefined where there is none in this process. */
export type LoadProvider = (pkg: string, report: (event: ProviderEvent) => void, watch?: PlanWatch) => Promise<ResourceProvider | undefined>;

/** What the engine keeps in a provider resource for itself. */
const INTERNAL = new Set(["version", "__internal", "__pulumi-go-provider-version"]);

/** The configuration in a provider resource's inputs. */
const configOf = (inputs: JsonObject): JsonObject => Object.fromEntries(Object.entries(inputs).filter(([key]) => !INTERNAL.has(key)));

/** The providers of one run: one instance per package and configuration, made when first needed. */
export class Providers {
  readonly #load: LoadProvider;
  readonly #report: (event: ProviderEvent) => void;
  readonly #watch: PlanWatch | undefined;
  readonly #instances = new Map<string, Promise<ResourceProvider>>();
  readonly #states = new Map<string, ResourceState>();
  /** URNs of what is only looked at. */
  readonly #quiet = new Set<string>();

  constructor(load: LoadProvider, report: (event: ProviderEvent) => void, watch?: PlanWatch) {
    this.#watch = watch;
    this.#load = load;
    this.#report = (event) => {
      if (event.event !== "planned" || !this.#quiet.has(event.urn)) report(event);
    };
  }

  /** Makes a provider resource known by its reference. */
  know(state: ResourceState): void {
    this.#states.set(providerReference(state), state);
  }

  /**
   * The provider that a reference names, configured; undefined while its configuration is not known, at preview. Throws
   * `Issues` when there is none.
   */
  async find(reference: string, at: string): Promise<ResourceProvider | undefined> {
    const state = this.#states.get(reference);
    if (state === undefined) throw new Issues([{ code: "provider.missing", at, path: "", message: `its provider ${reference} is not there`, fix: "use the Pulumi CLI to mend the state" }]);
    if (hasUnknown(state.inputs)) return undefined;
    const pkg = packageOf(state.type);
    const config = configOf(state.inputs);
    const key = `${pkg} ${canonical(config)}`;
    const found = this.#instances.get(key) ?? this.#make(pkg, config, at);
    this.#instances.set(key, found);
    return found;
  }

  /** A look at a resource whose provider tells no plan: nobody wants the one that it makes from the last state. */
  async quietly<T>(urn: string, look: () => Promise<T>): Promise<T> {
    this.#quiet.add(urn);
    try {
      return await look();
    } finally {
      this.#quiet.delete(urn);
    }
  }

  /** The provider that deletes a resource; undefined where forgetting is all. */
  async toDelete(state: ResourceState): Promise<ResourceProvider | undefined> {
    return needsProvider(state) && state.provider !== undefined ? this.find(state.provider, state.urn) : undefined;
  }

  async #make(pkg: string, config: JsonObject, at: string): Promise<ResourceProvider> {
    const provider = await this.#load(pkg, this.#report, this.#watch);
    if (provider === undefined)
      throw new Issues([{ code: "provider.unsupported", at, path: "", message: `Steading's own engine has no provider for the package ${pkg}`, fix: "use the Pulumi CLI" }]);
    await provider.configure(config);
    return provider;
  }

  async #each(act: (provider: ResourceProvider) => Promise<void>): Promise<void> {
    for (const instance of this.#instances.values()) {
      // One that could not be made was told of by whoever asked for it.
      const provider = await instance.catch(() => undefined);
      if (provider !== undefined) await act(provider);
    }
  }

  /** Asks every provider to end what is under way. */
  cancel(): Promise<void> {
    return this.#each((provider) => provider.cancel());
  }

  /** Closes every provider; the last call. */
  close(): Promise<void> {
    return this.#each((provider) => provider.close());
  }
}
