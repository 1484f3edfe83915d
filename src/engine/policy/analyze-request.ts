import type { AnalyzerResourceOptions } from "@pulumi/pulumi/proto/analyzer_pb.js";
import pb from "@pulumi/pulumi/proto/analyzer_pb.js";
import type { JsonObject } from "#model/value.ts";
import { toStruct } from "#provider/wire.ts";
import { forPack } from "#engine/policy/for-pack.ts";
import type { CustomTimeouts, ResourceState } from "#engine/snapshot.ts";
import { nameOf } from "#engine/urn.ts";

/** A resource that policies judge. */
export interface Judged {
  readonly urn: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly options: JudgedOptions;
  /** The resource of its provider; undefined for a component, and a provider itself. */
  readonly provider: Pick<ResourceState, "urn" | "type" | "inputs"> | undefined;
}

/** Options of a resource, as policies see them. */
export interface JudgedOptions {
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly deleteBeforeReplace: boolean | undefined;
  readonly additionalSecretOutputs: readonly string[];
  /** URNs. */
  readonly aliases: readonly string[];
  readonly customTimeouts: CustomTimeouts | undefined;
  readonly parent: string | undefined;
}

/** A resource in its stack. */
export interface JudgedInStack extends Judged, Pick<ResourceState, "dependencies" | "propertyDependencies"> {}

function optionsMessage({ protect, ignoreChanges, deleteBeforeReplace, additionalSecretOutputs, aliases, customTimeouts, parent }: JudgedOptions): AnalyzerResourceOptions {
  const timeouts = new pb.AnalyzerResourceOptions.CustomTimeouts()
    .setCreate(customTimeouts?.create ?? 0)
    .setUpdate(customTimeouts?.update ?? 0)
    .setDelete(customTimeouts?.delete ?? 0);
  return new pb.AnalyzerResourceOptions()
    .setProtect(protect)
    .setIgnorechangesList([...ignoreChanges])
    .setDeletebeforereplace(deleteBeforeReplace ?? false)
    .setDeletebeforereplacedefined(deleteBeforeReplace !== undefined)
    .setAdditionalsecretoutputsList([...additionalSecretOutputs])
    .setAliasesList([...aliases])
    .setCustomtimeouts(timeouts)
    .setParent(parent ?? "");
}

const providerMessage = ({ urn, type, inputs }: NonNullable<Judged["provider"]>) =>
  new pb.AnalyzerProviderResource().setUrn(urn).setType(type).setName(nameOf(urn)).setProperties(toStruct(forPack(inputs)));

/** The request to remediate or analyze a resource. */
export const analyzeRequest = ({ urn, type, properties, options, provider }: Judged) =>
  new pb.AnalyzeRequest()
    .setUrn(urn)
    .setType(type)
    .setName(nameOf(urn))
    .setProperties(toStruct(forPack(properties)))
    .setOptions(optionsMessage(options))
    .setProvider(provider === undefined ? undefined : providerMessage(provider));

function inStackMessage({ urn, type, properties, options, provider, dependencies, propertyDependencies }: JudgedInStack) {
  const message = new pb.AnalyzerResource()
    .setUrn(urn)
    .setType(type)
    .setName(nameOf(urn))
    .setProperties(toStruct(forPack(properties)))
    .setOptions(optionsMessage(options))
    .setProvider(provider === undefined ? undefined : providerMessage(provider))
    .setParent(options.parent ?? "")
    .setDependenciesList([...dependencies]);
  for (const [property, urns] of Object.entries(propertyDependencies))
    if (urns.length > 0) message.getPropertydependenciesMap().set(property, new pb.AnalyzerPropertyDependencies().setUrnsList([...urns]));
  return message;
}

/** The request to analyze a whole stack. */
export const analyzeStackRequest = (resources: readonly JudgedInStack[]) => new pb.AnalyzeStackRequest().setResourcesList(resources.map(inStackMessage));
