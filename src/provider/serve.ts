import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { handleUnaryCall } from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type { JsonObject } from "#model/value.ts";
import type { CheckFailure, DiffKind, DiffResponse, MakeProvider, ResourceProvider } from "#provider/contract.ts";
import { EngineLog } from "#provider/engine-log.ts";
import { failure } from "#provider/failure.ts";
import { packageSchema } from "#provider/schema.ts";
import { urnParts } from "#provider/urn.ts";
import { fromStruct, toStruct } from "#provider/wire.ts";

/** The largest message in either direction, as Pulumi's own engine has it. */
export const MESSAGE_BYTES = 400 * 1024 * 1024;

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

const kinds = {
  add: pb.PropertyDiff.Kind.ADD,
  "add-replace": pb.PropertyDiff.Kind.ADD_REPLACE,
  delete: pb.PropertyDiff.Kind.DELETE,
  "delete-replace": pb.PropertyDiff.Kind.DELETE_REPLACE,
  update: pb.PropertyDiff.Kind.UPDATE,
  "update-replace": pb.PropertyDiff.Kind.UPDATE_REPLACE,
} as const satisfies Record<DiffKind, number>;

const changes = {
  none: pb.DiffResponse.DiffChanges.DIFF_NONE,
  some: pb.DiffResponse.DiffChanges.DIFF_SOME,
  unknown: pb.DiffResponse.DiffChanges.DIFF_UNKNOWN,
} as const;

function diffResponse(diff: DiffResponse): InstanceType<typeof pb.DiffResponse> {
  const response = new pb.DiffResponse();
  response.setChanges(changes[diff.changes]);
  response.setDiffsList([...diff.diffs]);
  response.setReplacesList([...diff.replaces]);
  response.setDeletebeforereplace(diff.deleteBeforeReplace);
  response.setHasdetaileddiff(true);
  const map = response.getDetaileddiffMap();
  for (const [path, { kind, inputDiff }] of Object.entries(diff.detailedDiff)) {
    const entry = new pb.PropertyDiff();
    entry.setKind(kinds[kind]);
    entry.setInputdiff(inputDiff);
    map.set(path, entry);
  }
  return response;
}

const failuresOf = (failures: readonly CheckFailure[]): InstanceType<typeof pb.CheckFailure>[] =>
  failures.map(({ property, reason }) => {
    const entry = new pb.CheckFailure();
    entry.setProperty(property);
    entry.setReason(reason);
    return entry;
  });

/** The resource that a request is about. Older engines send only the URN. */
const resource = (request: { getUrn(): string; getType(): string; getName(): string }): { urn: string; type: string; name: string } => {
  const urn = request.getUrn();
  const parts = urnParts(urn);
  return { urn, type: request.getType() || parts.type, name: request.getName() || parts.name };
};

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
    ...resources(unary, providerOf),
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
      server.forceShutdown();
    },
  };
}

type Unary = <Q, A>(handle: (request: Q) => A | Promise<A>, inputsOf?: (request: Q) => JsonObject) => handleUnaryCall<Q, A>;

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

/** What concerns one resource. */
function resources(unary: Unary, providerOf: (urn: string) => Promise<ResourceProvider>) {
  return {
    check: unary(async (request: InstanceType<typeof pb.CheckRequest>) => {
      const olds = fromStruct(request.getOlds());
      const checked = await (await providerOf(request.getUrn())).check({
        ...resource(request),
        ...(Object.keys(olds).length === 0 ? {} : { olds }),
        news: fromStruct(request.getNews()),
      });
      const response = new pb.CheckResponse();
      response.setInputs(toStruct(checked.inputs));
      response.setFailuresList(failuresOf(checked.failures));
      return response;
    }),
    diff: unary(async (request: InstanceType<typeof pb.DiffRequest>) =>
      diffResponse(
        await (await providerOf(request.getUrn())).diff({
          ...resource(request),
          id: request.getId(),
          olds: fromStruct(request.getOlds()),
          oldInputs: fromStruct(request.getOldInputs() ?? request.getOlds()),
          news: fromStruct(request.getNews()),
          ignoreChanges: request.getIgnorechangesList(),
        }),
      ),
    ),
    create: unary(
      async (request: InstanceType<typeof pb.CreateRequest>) => {
        const made = await (await providerOf(request.getUrn())).create({
          ...resource(request),
          inputs: fromStruct(request.getProperties()),
          preview: request.getPreview(),
          timeoutSeconds: request.getTimeout(),
        });
        const response = new pb.CreateResponse();
        response.setId(made.id);
        response.setProperties(toStruct(made.properties));
        return response;
      },
      (request) => fromStruct(request.getProperties()),
    ),
    read: unary(async (request: InstanceType<typeof pb.ReadRequest>) => {
      const [inputs, properties] = [fromStruct(request.getInputs()), fromStruct(request.getProperties())];
      const isImport = Object.keys(inputs).length + Object.keys(properties).length === 0;
      const found = await (await providerOf(request.getUrn())).read({ ...resource(request), id: request.getId(), ...(isImport ? {} : { inputs, properties }) });
      const response = new pb.ReadResponse();
      response.setId(found.id);
      response.setInputs(toStruct(found.inputs));
      response.setProperties(toStruct(found.properties));
      return response;
    }),
    update: unary(
      async (request: InstanceType<typeof pb.UpdateRequest>) => {
        const made = await (await providerOf(request.getUrn())).update({
          ...resource(request),
          id: request.getId(),
          olds: fromStruct(request.getOlds()),
          oldInputs: fromStruct(request.getOldInputs() ?? request.getOlds()),
          news: fromStruct(request.getNews()),
          preview: request.getPreview(),
          timeoutSeconds: request.getTimeout(),
          ignoreChanges: request.getIgnorechangesList(),
        });
        const response = new pb.UpdateResponse();
        response.setProperties(toStruct(made.properties));
        return response;
      },
      (request) => fromStruct(request.getNews()),
    ),
    delete: unary(async (request: InstanceType<typeof pb.DeleteRequest>) => {
      await (await providerOf(request.getUrn())).delete({
        ...resource(request),
        id: request.getId(),
        olds: fromStruct(request.getProperties()),
        oldInputs: fromStruct(request.getOldInputs() ?? request.getProperties()),
        timeoutSeconds: request.getTimeout(),
      });
      return new emptyPb.Empty();
    }),
  };
}
