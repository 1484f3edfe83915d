import { secret } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import type { Goal } from "#engine/goal.ts";
import { isProviderType, providerReference } from "#engine/integrity.ts";
import type { ResourceState } from "#engine/snapshot.ts";
import { packageOf, providerType } from "#engine/urn.ts";

/** What default providers are made from, and how. */
export interface DefaultProviderOptions {
  /** The stack's configuration, by full key: default providers are configured from it. */
  readonly config: { readonly [key: string]: string };
  /** Keys of `config` whose values are secrets. */
  readonly secretKeys: readonly string[];
  /** The inputs that the last run left of a provider resource. */
  readonly oldInputs: (type: string, name: string) => JsonObject;
  readonly make: (goal: Goal) => Promise<ResourceState>;
}

/** A goal that says nothing but who it is for. */
const plain: Omit<Goal, "type" | "name" | "version" | "inputs"> = {
  custom: true,
  parent: undefined,
  provider: undefined,
  dependencies: [],
  propertyDependencies: {},
  protect: undefined,
  retainOnDelete: undefined,
  ignoreChanges: [],
  replaceOnChanges: [],
  additionalSecretOutputs: [],
  customTimeouts: undefined,
  hideDiff: [],
  deleteBeforeReplace: undefined,
  importId: undefined,
  deletedWith: undefined,
  aliases: [],
};

/** The providers that serve where the program names none, each made when first needed (pulumi pkg/resource/deploy, default_providers.go). */
export class DefaultProviders {
  readonly #options: DefaultProviderOptions;
  readonly #references = new Map<string, Promise<string>>();

  constructor(options: DefaultProviderOptions) {
    this.#options = options;
  }

  /** The reference of the provider of a custom resource; a provider resource and a component have none. */
  referenceFor(goal: Pick<Goal, "custom" | "type" | "provider" | "version">): Promise<string | undefined> {
    if (!goal.custom || isProviderType(goal.type)) return Promise.resolve(undefined);
    return goal.provider === undefined ? this.of(packageOf(goal.type), goal.version) : Promise.resolve(goal.provider);
  }

  /** The reference of a package's default provider. */
  of(pkg: string, version: string): Promise<string> {
    const name = version === "" ? "default" : `default_${version.replace(/[.+]/g, "_")}`;
    const key = `${pkg} ${name}`;
    const known = this.#references.get(key);
    if (known !== undefined) return known;
    const made = this.#make(pkg, name, version);
    this.#references.set(key, made);
    return made;
  }

  async #make(pkg: string, name: string, version: string): Promise<string> {
    const { config, secretKeys, oldInputs, make } = this.#options;
    const prefix = `${pkg}:`;
    const configured = Object.entries(config).flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), secretKeys.includes(key) ? secret(value) : value] as const] : []));
    const type = providerType(pkg);
    // What the package's own provider put there under the Pulumi CLI stays.
    const internal = Object.entries(oldInputs(type, name)).filter(([key]) => key.startsWith("__"));
    return providerReference(await make({ ...plain, type, name, version, inputs: { ...Object.fromEntries(internal), ...Object.fromEntries(configured), ...(version === "" ? {} : { version }) } }));
  }
}
