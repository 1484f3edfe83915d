import type { ResourceState } from "#engine/snapshot.ts";
import { nameOf, splitReference, stackOf, typeOf, urnOf } from "#engine/urn.ts";

/**
 * What states look like when resources that they refer to have other names: they refer to the new ones, and what is below a
 * resource of another type has that in its own URN (pulumi pkg/resource/deploy, NormalizeURNReferences).
 *
 * @param renames - from the old URN to the new one
 * @param resources - all that there are, in topological order
 */
export function withRenames(renames: ReadonlyMap<string, string>, resources: readonly ResourceState[]): (state: ResourceState) => ResourceState {
  const all = new Map(renames);
  const taken = new Set(resources.map(({ urn }) => urn));
  for (const { urn, parent } of resources) {
    const above = parent === undefined ? undefined : all.get(parent);
    if (above === undefined || all.has(urn)) continue;
    const now = urnOf(stackOf(urn), above, typeOf(urn), nameOf(urn));
    if (!taken.has(now)) all.set(urn, now);
  }
  const now = (urn: string): string => all.get(urn) ?? urn;
  const provider = (reference: string): string => {
    const { urn, id } = splitReference(reference);
    return `${now(urn)}::${id}`;
  };
  return (state) => {
    const { urn, parent, deletedWith, dependencies, propertyDependencies } = state;
    const refers = [urn, parent, deletedWith, ...dependencies, ...Object.values(propertyDependencies).flat()].some((one) => one !== undefined && all.has(one));
    if (!refers && (state.provider === undefined || !all.has(splitReference(state.provider).urn))) return state;
    return {
      ...state,
      urn: now(urn),
      ...(parent === undefined ? {} : { parent: now(parent) }),
      ...(deletedWith === undefined ? {} : { deletedWith: now(deletedWith) }),
      ...(state.provider === undefined ? {} : { provider: provider(state.provider) }),
      dependencies: dependencies.map(now),
      propertyDependencies: Object.fromEntries(Object.entries(propertyDependencies).map(([key, urns]) => [key, urns.map(now)])),
    };
  };
}
