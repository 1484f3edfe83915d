import { status } from "@grpc/grpc-js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import pb from "@pulumi/pulumi/proto/resource_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { Issues } from "#model/issue.ts";
import { Stopped } from "#engine/goal.ts";
import type { Deployer } from "#engine/goal.ts";
import { declarationOf, goalOf, invocationOf, readGoalOf } from "#engine/program-request.ts";
import { fromProgram } from "#engine/wire-values.ts";
import { fromStruct, toStruct } from "#provider/wire.ts";
import type { DiagnosticEvent } from "#engine/events.ts";

/** An error as gRPC's client has it. */
class RpcError extends Error {
  readonly code: number;
  readonly details: string;
  constructor(cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(message, { cause });
    // To the SDK this code means a run that has ended by itself.
    this.code = cause instanceof Stopped ? status.UNAVAILABLE : status.UNKNOWN;
    this.details = message;
  }
}

type Callback<T> = (error: RpcError | null, response?: T) => void;
type Method<Q, A> = (request: Q, callback: Callback<A>) => void;

/** A method of a gRPC client that answers in this process. */
const answering =
  <Q, A>(answer: (request: Q) => Promise<A> | A): Method<Q, A> =>
  (request, callback) => {
    Promise.resolve()
      .then(() => answer(request))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(error instanceof RpcError ? error : new RpcError(error)),
      );
  };

/** A type of message: its instances, and how one is read. */
interface MessageType<Q> {
  new (): Q;
  deserializeBinary(bytes: Uint8Array): Q;
}

/**
 * As `answering`. Without a socket between them a program with another version of the SDK hands over a message of that version, which
 * may lack fields that ours has: it is read again as it would be from the wire.
 */
const answeringOwn = <Q extends { serializeBinary(): Uint8Array }, A>(type: MessageType<Q>, answer: (request: Q) => Promise<A> | A): Method<Q, A> =>
  answering((request) => answer(request instanceof type ? request : type.deserializeBinary(request.serializeBinary())));

const Feature = pb.ResourceMonitorFeature;
/** What the SDK may use, by its number and by the name that older SDKs ask for. */
const features = new Map([
  ["secrets", Feature.RESOURCE_MONITOR_FEATURE_SECRETS],
  ["resourceReferences", Feature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES],
  ["outputValues", Feature.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES],
  ["aliasSpecs", Feature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS],
  // Programs that use these are refused by the names of the options, not by the SDK's request to update the CLI.
  ["deletedWith", Feature.RESOURCE_MONITOR_FEATURE_DELETED_WITH],
  ["replaceWith", Feature.RESOURCE_MONITOR_FEATURE_REPLACE_WITH],
  ["transforms", Feature.RESOURCE_MONITOR_FEATURE_TRANSFORMS],
  ["invokeTransforms", Feature.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS],
  ["parameterization", Feature.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION],
  ["resourceHooks", Feature.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS],
  ["errorHooks", Feature.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS],
  ["stateMigrations", Feature.RESOURCE_MONITOR_FEATURE_STATE_MIGRATIONS],
  ["invokeDependsOn", Feature.RESOURCE_MONITOR_FEATURE_INVOKE_DEPENDS_ON],
]);

/** Ends the run because a program asks for what the engine does not do, by its name. Throws what the SDK takes for the end of the run. */
export function refuse(deployer: Deployer, what: string): never {
  try {
    return deployer.refuse(new Issues([{ code: "engine.unsupported", at: "the program", path: "", message: `Steading's own engine does not know ${what} yet`, fix: "use the Pulumi CLI" }]));
  } catch (error) {
    throw new RpcError(error);
  }
}

/** A message of google-protobuf that is made and then filled. */
function filled<T>(message: T, fill: (message: T) => void): T {
  fill(message);
  return message;
}

/**
 * Pulumi's ResourceMonitor as the SDK's client sees it, without a socket (pulumi proto/pulumi/resource.proto).
 *
 * @param directory - where relative paths of assets start
 */
export function resourceMonitor(deployer: Deployer, directory: string) {
  const refusing = (what: string): Method<unknown, never> => answering(() => refuse(deployer, what));
  return {
    getDeploymentInfo: answering(() => filled(new pb.DeploymentInfo(), (info) => info.setSupportedfeaturesList([...features.values()]))),
    supportsFeature: answeringOwn(pb.SupportsFeatureRequest, (request) =>
      filled(new pb.SupportsFeatureResponse(), (response) => response.setHassupport(features.has(request.getId()))),
    ),
    registerResource: answeringOwn(pb.RegisterResourceRequest, async (request) => {
      const { urn, id, outputs, unknown } = await deployer.register(declarationOf(request, directory, goalOf));
      return filled(new pb.RegisterResourceResponse(), (response) => {
        response.setUrn(urn);
        response.setId(id ?? "");
        response.setObject(toStruct(request.getCustom() ? outputs : {}));
        // Not FAIL: the SDK would reject the outputs of such a resource, and with them all that is made of them, as errors of the program.
        response.setResult(pb.Result.SUCCESS);
        response.setUnknown(unknown === true);
      });
    }),
    registerResourceOutputs: answeringOwn(pb.RegisterResourceOutputsRequest, async (request) => {
      const urn = request.getUrn();
      await deployer.registerOutputs(urn, await fromProgram(fromStruct(request.getOutputs()), urn, directory));
      return new emptyPb.Empty();
    }),
    readResource: answeringOwn(pb.ReadResourceRequest, async (request) => {
      const { urn, outputs, unknown } = await deployer.read(declarationOf(request, directory, readGoalOf));
      return filled(new pb.ReadResourceResponse(), (response) => {
        response.setUrn(urn);
        response.setProperties(toStruct(outputs));
        response.setUnknown(unknown === true);
      });
    }),
    invoke: answeringOwn(pb.ResourceInvokeRequest, async (request) => {
      const answer = await deployer.invoke(await invocationOf(request, directory));
      return filled(new pb.ResourceInvokeResponse(), (response) => {
        response.setUnknown(answer === undefined);
        response.setReturn(toStruct(answer?.result ?? {}));
        response.setFailuresList(
          (answer?.failures ?? []).map(({ property, reason }) =>
            filled(new providerPb.CheckFailure(), (failure) => {
              failure.setProperty(property);
              failure.setReason(reason);
            }),
          ),
        );
      });
    }),
    call: refusing("calls of component methods"),
    existsResource: refusing("existsResource"),
    registerPackage: refusing("parameterized packages"),
    // The engine deletes after the program has ended; what waits for it is only hooks.
    signalAndWaitForShutdown: answering(() => new emptyPb.Empty()),
    close: (): void => undefined,
  };
}

/** Pulumi's Engine service as the SDK's client sees it: logging (pulumi proto/pulumi/engine.proto). */
export function engineService(log: (event: DiagnosticEvent) => void) {
  const { LogSeverity } = enginePb;
  const severities = new Map<number, DiagnosticEvent["severity"]>([
    [LogSeverity.INFO, "info"],
    [LogSeverity.WARNING, "warning"],
    [LogSeverity.ERROR, "error"],
  ]);
  return {
    log: answeringOwn(enginePb.LogRequest, (request) => {
      const urn = request.getUrn();
      const severity = severities.get(request.getSeverity());
      // What the SDK says for its own makers holds values in clear, secrets too.
      if (severity !== undefined) log({ event: "diagnostic", severity, message: request.getMessage(), fromProgram: true, ...(urn === "" ? {} : { urn }) });
      return new emptyPb.Empty();
    }),
    setRootResource: answering(() => new enginePb.SetRootResourceResponse()),
    getRootResource: answering(() => new enginePb.GetRootResourceResponse()),
    requirePulumiVersion: answering(() => new enginePb.RequirePulumiVersionResponse()),
    close: (): void => undefined,
  };
}
