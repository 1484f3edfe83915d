import { setTimeout } from "node:timers/promises";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { handleUnaryCall } from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type { JsonObject } from "#model/value.ts";
import type { MakeProvider, ResourceProvider } from "#provider/contract.ts";
import { EngineLog } from "#provider/engine-log.ts";
import { failure } from "#provider/failure.ts";
import { changing, diffResponse, failuresOf, reading } from "#provider/resource-calls.ts";
import type { Unary } from "#provider/resource-calls.ts";
import { packageSchema } from "#provider/schema.ts";
import { urnParts } from "#provider/urn.ts";
import { fromStruct, MESSAGE_BYTES } from "#provider/wire.ts";

/** A provider that listens. */
export interface Serving {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Lets what is under way end, then closes everything. */
  stop(): Promise<void>;
}

type Verbs = Pick<
  IResourceProviderServer,
  | "handshake" | "attach" | "getSchema" | "checkConfig" | "diffConfig" | "configure" | "invoke" | "check" | "diff" | "create" | "read"
  | "update" | "delete" | "cancel" | "getPluginInfo" | "getMapping" | "getMappings"
>;

/**
 * Serves Pulumi's ResourceProvider protocol.
 *
 * @param load - gives the provider, at the first request for a resource
 * @param engine - the address of the engine's log, where there is one yet
 */
export async function serve(load: () => Promise<MakeProvider>, version: string, engine?: string): Promise<Serving> {
  let log = engine === undefined ? undefined : new EngineLog(engine);
  const providers = new Map<string, ResourceProvider>();
  /** One provider per stack: a process that outlives a run may serve several. */
  const providerOf = async (urn: string): Promise<ResourceProvider> => {
    const { project, stack } = urnParts(urn);
    const key = `${project}/${stack}`;
    const make = await load();
    const known = providers.get(key) ?? make({ project, stack, report: (event) => log?.report(event) });
    providers.set(key, known);
    return known;
  };
  const attach = (address: string): void => {
    log?.close();
    log = new EngineLog(address);
  };
  const unary =
    <Q, A>(handle: (request: Q) => A | Promise<A>, inputsOf: (request: Q) => JsonObject = () => ({})): handleUnaryCall<Q, A> =>
    (call, callback) => {
      const answer = async (): Promise<A> => {
        try {
          return await handle(call.request);
        } finally {
          await log?.flush();
        }
      };
      answer().then(
        (response) => { callback(null, response); },
        (error: unknown) => { callback(failure(error, inputsOf(call.request))); },
      );
    };
  const verbs: Verbs = {
    ...lifecycle(unary, attach, providers, version),
    ...reading(unary, providerOf),
    ...changing(unary, providerOf),
  };
  const server = new Server({ "grpc.max_receive_message_length": MESSAGE_BYTES, "grpc.max_send_message_length": MESSAGE_BYTES });
  server.addService(providerGrpc.ResourceProviderService, verbs);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => { if (error) reject(error); else resolve(bound); });
  });
  return {
    port,
    async stop() {
      await Promise.all([...providers.values()].map(async (provider) => { await provider.cancel(); await provider.close(); }));
      await log?.flush();
      log?.close();
      // Answers that are on their way get there; a client that keeps its connection is not waited for.
      await Promise.race([new Promise<void>((resolve) => { server.tryShutdown(() => { resolve(); }); }), setTimeout(1000, undefined, { ref: false })]);
      server.forceShutdown();
    },
  };
}

/** What concerns the plugin as a whole. */
function lifecycle(unary: Unary, attach: (address: string) => void, providers: ReadonlyMap<string, ResourceProvider>, version: string) {
  return {
    handshake: unary((request: InstanceType<typeof pb.ProviderHandshakeRequest>) => {
      if (request.getEngineAddress() !== "") attach(request.getEngineAddress());
      const response = new pb.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setAcceptResources(true);
      response.setAcceptOutputs(false);
      return response;
    }),
    attach: unary((request: InstanceType<typeof pluginPb.PluginAttach>) => {
      attach(request.getAddress());
      return new emptyPb.Empty();
    }),
    getPluginInfo: unary(() => {
      const info = new pluginPb.PluginInfo();
      info.setVersion(version);
      return info;
    }),
    getSchema: unary(() => {
      const response = new pb.GetSchemaResponse();
      response.setSchema(JSON.stringify(packageSchema(version)));
      return response;
    }),
    getMapping: unary(() => new pb.GetMappingResponse()),
    getMappings: unary(() => new pb.GetMappingsResponse()),
    checkConfig: unary((request: InstanceType<typeof pb.CheckRequest>) => {
      const response = new pb.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary(() => diffResponse({ changes: "none", detailedDiff: {}, diffs: [], replaces: [], deleteBeforeReplace: false })),
    configure: unary(async (request: InstanceType<typeof pb.ConfigureRequest>) => {
      const config = fromStruct(request.getArgs());
      await Promise.all([...providers.values()].map((provider) => provider.configure(config)));
      const response = new pb.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setAcceptresources(true);
      response.setSupportspreview(true);
      return response;
    }),
    cancel: unary(async () => {
      await Promise.all([...providers.values()].map((provider) => provider.cancel()));
      return new emptyPb.Empty();
    }),
    invoke: unary((request: InstanceType<typeof pb.InvokeRequest>): InstanceType<typeof pb.InvokeResponse> => {
      const response = new pb.InvokeResponse();
      response.setFailuresList(failuresOf([{ property: "", reason: `there is no function ${request.getTok()}` }]));
      return response;
    }),
  };
}
