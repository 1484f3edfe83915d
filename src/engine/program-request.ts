import type { Alias as AliasRequest } from "@pulumi/pulumi/proto/alias_pb.js";
import type { ReadResourceRequest, RegisterResourceRequest, ResourceInvokeRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { GET_RESOURCE } from "#engine/goal.ts";
import type { Alias, Declaration, Goal, Invocation, ReadGoal } from "#engine/goal.ts";
import { durationSeconds } from "#engine/duration.ts";
import type { CustomTimeouts } from "#engine/snapshot.ts";
import { isProviderType } from "#engine/integrity.ts";
import { given } from "#engine/json-fields.ts";
import { unsupported } from "#engine/unsupported.ts";
import { fromProgram } from "#engine/wire-values.ts";
import { fromStruct } from "#provider/wire.ts";

const text = (value: string): string | undefined => (value === "" ? undefined : value);

/** Options that only the Pulumi CLI knows, by the name that programs give them. */
const refused: readonly { readonly what: string; readonly asked: (request: RegisterResourceRequest) => boolean }[] = [
  { what: "remote components", asked: (request) => request.getRemote() },
  { what: "import of a provider", asked: (request) => request.getImportid() !== "" && isProviderType(request.getType()) },
  { what: "transforms", asked: (request) => request.getTransformsList().length > 0 },
  { what: "stateMigrations", asked: (request) => request.getStateMigrationsList().length > 0 },
  { what: "hooks", asked: (request) => Object.values(request.getHooks()?.toObject() ?? {}).some((names) => names.length > 0) },
  { what: "replaceWith", asked: (request) => request.getReplaceWithList().length > 0 },
  { what: "replacementTrigger", asked: (request) => request.hasReplacementTrigger() },
  { what: "envVarMappings", asked: (request) => request.getEnvvarmappingsMap().getLength() > 0 },
  { what: "pluginDownloadURL", asked: (request) => request.getPlugindownloadurl() !== "" },
  { what: "parameterized packages", asked: (request) => request.getPackageref() !== "" },
];

function customTimeouts(request: RegisterResourceRequest, at: string): CustomTimeouts | undefined {
  const asked = request.getCustomtimeouts();
  const seconds = (value: string | undefined, path: string): number | undefined =>
    value === undefined || value === "" ? undefined : durationSeconds(value, at, `customTimeouts.${path}`);
  const timeouts = given({
    create: seconds(asked?.getCreate(), "create"),
    update: seconds(asked?.getUpdate(), "update"),
    delete: seconds(asked?.getDelete(), "delete"),
  });
  return Object.keys(timeouts).length === 0 ? undefined : timeouts;
}

/** An alias; what it does not say is undefined. */
function aliasOf(alias: AliasRequest): Alias {
  const spec = alias.getSpec();
  if (spec === undefined) return alias.getUrn();
  return { type: text(spec.getType()), name: text(spec.getName()), project: text(spec.getProject()), stack: text(spec.getStack()), parent: text(spec.getParenturn()), noParent: spec.getNoparent() };
}

/** Who a request is about, and how to read the rest of it. */
export const declarationOf = <R extends RegisterResourceRequest | ReadResourceRequest, T>(
  request: R,
  directory: string,
  goal: (request: R, directory: string) => Promise<T>,
): Declaration<T> => ({ type: request.getType(), name: request.getName(), parent: text(request.getParent()), goal: () => goal(request, directory) });

/** A request as the engine understands it. Throws `Issues` for what it does not do, by name. */
export async function goalOf(request: RegisterResourceRequest, directory: string): Promise<Goal> {
  const at = `${request.getType()} ${request.getName()}`;
  for (const { what, asked } of refused) if (asked(request)) unsupported(at, what);
  const inputs = await fromProgram(fromStruct(request.getObject()), at, directory);
  const version = request.getVersion();
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: text(request.getParent()),
    // The engine keeps in a provider's inputs which version it shall have (pulumi pkg/resource/deploy/source_eval.go).
    inputs: isProviderType(request.getType()) && version !== "" ? { ...inputs, version } : inputs,
    provider: text(request.getProvider()),
    version,
    dependencies: request.getDependenciesList().toSorted(),
    propertyDependencies: Object.fromEntries([...request.getPropertydependenciesMap().entries()].map(([key, found]) => [key, found.getUrnsList().toSorted()])),
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    customTimeouts: customTimeouts(request, at),
    hideDiff: request.getHidediffsList(),
    deleteBeforeReplace: request.getDeletebeforereplacedefined() || request.getDeletebeforereplace() ? request.getDeletebeforereplace() : undefined,
    importId: text(request.getImportid()),
    deletedWith: text(request.getDeletedwith()),
    aliases: [...request.getAliasesList().map(aliasOf), ...request.getAliasurnsList()],
  };
}

/** A request to read a resource. */
export async function readGoalOf(request: ReadResourceRequest, directory: string): Promise<ReadGoal> {
  const at = `${request.getType()} ${request.getName()}`;
  return {
    id: request.getId(),
    type: request.getType(),
    name: request.getName(),
    parent: text(request.getParent()),
    inputs: await fromProgram(fromStruct(request.getProperties()), at, directory),
    provider: text(request.getProvider()),
    version: request.getVersion(),
    dependencies: request.getDependenciesList().toSorted(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  };
}

/** A request to call a function. Of Pulumi's own only `getResource` is known, the others are refused by name. */
export async function invocationOf(request: ResourceInvokeRequest, directory: string): Promise<Invocation> {
  const token = request.getTok();
  if (token.startsWith("pulumi:pulumi:") && token !== GET_RESOURCE) unsupported(token, token);
  return {
    token,
    args: await fromProgram(fromStruct(request.getArgs()), token, directory),
    provider: text(request.getProvider()),
    version: request.getVersion(),
    dependsOn: request.getDependsonList(),
  };
}
