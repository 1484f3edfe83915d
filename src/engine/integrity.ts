import { createHash } from "node:crypto";
import type { Issue } from "#model/issue.ts";
import type { ResourceState, Snapshot } from "#engine/snapshot.ts";

const PROVIDER_TYPE = /^pulumi:providers:/;
/** Stands in a provider reference where default providers are turned off (pulumi sdk/go/common/providers). */
const DENIED_PROVIDER = "denydefaultprovider";

/** True for the type of a provider resource. */
export const isProviderType = (type: string): boolean => PROVIDER_TYPE.test(type);

/** The `provider` of resources that the provider resource serves: `<urn>::<id>`. */
export const providerReference = (provider: { readonly urn: string; readonly id?: string }): string => `${provider.urn}::${provider.id ?? ""}`;

/** The URN in a provider reference. */
export const providerUrn = (reference: string): string => reference.slice(0, Math.max(0, reference.lastIndexOf("::")));

/** What `manifest.magic` must be for a version: SHA-256 in hex, empty for none (pulumi pkg/resource/deploy/manifest.go). */
export const magicOf = (version: string): string => (version === "" ? "" : createHash("sha256").update(version).digest("hex"));

/** One reference from a resource to another. */
interface Edge {
  readonly field: string;
  readonly urn: string;
}

/** The part of a state that refers to other resources. */
export type References = Pick<ResourceState, "dependencies" | "propertyDependencies"> & { readonly [K in "parent" | "provider" | "deletedWith"]?: string | undefined };

/** All that must come before the resource in a snapshot, except its provider. */
const edges = (state: References): readonly Edge[] => [
  ...(state.parent === undefined ? [] : [{ field: "parent", urn: state.parent }]),
  ...state.dependencies.map((urn) => ({ field: "dependencies", urn })),
  ...Object.entries(state.propertyDependencies).flatMap(([key, urns]) => urns.map((urn) => ({ field: `propertyDependencies.${key}`, urn }))),
  ...(state.deletedWith === undefined ? [] : [{ field: "deletedWith", urn: state.deletedWith }]),
];

/** The URNs that must come before the resource in a snapshot. */
export const requires = (state: References): readonly string[] => [
  ...(state.provider === undefined ? [] : [providerUrn(state.provider)]),
  ...edges(state).map((edge) => edge.urn),
];

/**
 * What is wrong with a snapshot: none when it is sound. The rules are those of pulumi pkg/resource/stack (integrity): the magic
 * fits the version, URNs are unique unless one is to be deleted, and all that a resource refers to comes before it.
 *
 * @param at - where the snapshot is, for the messages
 */
export function checkIntegrity(snapshot: Snapshot, at: string): readonly Issue[] {
  const issue = (path: string, message: string): Issue => ({
    code: "state.integrity",
    at,
    path,
    message,
    fix: "restore the .bak file beside it, or mend it with `pulumi state repair`",
  });
  const { magic, version } = snapshot.manifest;
  const issues = magic === "" || magic === magicOf(version) ? [] : [issue("manifest.magic", "is not the digest of manifest.version")];
  const all = new Set(snapshot.resources.map((state) => state.urn));
  const seen = new Set<string>();
  const providers = new Set<string>();
  for (const state of snapshot.resources) {
    const { urn, provider } = state;
    if (seen.has(urn) && state.delete !== true) issues.push(issue(urn, "appears twice"));
    if (isProviderType(state.type)) {
      if (state.id === undefined) issues.push(issue(urn, "is a provider without an id"));
      providers.add(providerReference(state));
    }
    if (provider !== undefined && !provider.endsWith(`::${DENIED_PROVIDER}`) && !providers.has(provider))
      issues.push(issue(urn, `its provider ${provider} ${all.has(providerUrn(provider)) ? "comes after it or has another id" : "does not exist"}`));
    for (const { field, urn: other } of edges(state))
      if (!seen.has(other)) issues.push(issue(urn, `its ${field} names ${other}, which ${all.has(other) ? "comes after it" : "does not exist"}`));
    seen.add(urn);
  }
  return issues;
}

/**
 * The same resources, each after all that it refers to; otherwise the order is kept. References to resources that are not
 * there do not count, and neither do those of a cycle (`checkIntegrity` names them).
 */
export function topologicalOrder(resources: readonly ResourceState[]): readonly ResourceState[] {
  const byUrn = Map.groupBy(resources, (state) => state.urn);
  const begun = new Set<ResourceState>();
  const sorted: ResourceState[] = [];
  for (const start of resources) {
    // An own stack: a chain of thousands of resources must not exhaust the call stack.
    const pending = [{ state: start, ready: false }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { state, ready } = next;
      if (ready) sorted.push(state);
      else if (!begun.has(state)) {
        begun.add(state);
        pending.push({ state, ready: true });
        for (const urn of requires(state).toReversed()) {
          const same = byUrn.get(urn) ?? [];
          const other = same.find((one) => one.delete !== true) ?? same[0];
          if (other !== undefined) pending.push({ state: other, ready: false });
        }
      }
    }
  }
  return sorted;
}
