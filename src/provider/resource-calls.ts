import type { handleUnaryCall } from "@grpc/grpc-js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type { JsonObject } from "#model/value.ts";
import type { CheckFailure, DiffKind, DiffResponse, ResourceProvider } from "#provider/contract.ts";
import { Failed } from "#provider/failed.ts";
import { urnParts } from "#provider/urn.ts";
import { fromStruct, toStruct } from "#provider/wire.ts";

/** Makes a gRPC handler of a function; `inputsOf` gives what is recorded when the resource was made but is not as wanted. */
export type Unary = <Q, A>(handle: (request: Q) => A | Promise<A>, inputsOf?: (request: Q) => JsonObject) => handleUnaryCall<Q, A>;

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

/** A diff as the protocol has it. */
export function diffResponse(diff: DiffResponse): InstanceType<typeof pb.DiffResponse> {
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

/** Check failures as the protocol has them. */
export const failuresOf = (failures: readonly CheckFailure[]): InstanceType<typeof pb.CheckFailure>[] =>
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

type ProviderOf = (urn: string) => Promise<ResourceProvider>;

/** The calls that change nothing. */
export const reading = (unary: Unary, providerOf: ProviderOf) => ({
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
});

/** The calls that may change the world. */
export const changing = (unary: Unary, providerOf: ProviderOf) => ({
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
    const postponed = await (await providerOf(request.getUrn())).delete({
      ...resource(request),
      id: request.getId(),
      olds: fromStruct(request.getProperties()),
      oldInputs: fromStruct(request.getOldInputs() ?? request.getProperties()),
      timeoutSeconds: request.getTimeout(),
    });
    // The protocol knows only done and failed; what has failed stays in the state, and the next run tries again.
    if (postponed === "queued") throw new Failed("its host does not answer: it stays in the state, and the next run that reaches the host deletes it");
    return new emptyPb.Empty();
  }),
});
