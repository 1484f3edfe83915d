import { Metadata, status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import { InitFailed } from "#provider/contract.ts";
import type { JsonObject } from "#model/value.ts";
import { toStruct } from "#provider/wire.ts";

/**
 * An error as gRPC carries it. A resource that exists but is not what was asked for travels as ErrorResourceInitFailed in
 * `grpc-status-details-bin`, so that the engine records it. A bug shows where it happened.
 */
export function failure(error: unknown, inputs: JsonObject): Pick<ServiceError, "code" | "details" | "metadata"> {
  const metadata = new Metadata();
  if (error instanceof InitFailed) {
    const detail = new providerPb.ErrorResourceInitFailed();
    detail.setId(error.id);
    detail.setProperties(toStruct(error.properties));
    detail.setInputs(toStruct(inputs));
    detail.setReasonsList([...error.reasons]);
    const packed = new anyPb.Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const answer = new statusPb.Status();
    answer.setCode(status.UNKNOWN);
    answer.setMessage(error.message);
    answer.addDetails(packed);
    metadata.add("grpc-status-details-bin", Buffer.from(answer.serializeBinary()));
    return { code: status.UNKNOWN, details: error.message, metadata };
  }
  if (error instanceof Error && error.name === "Failed") return { code: status.UNKNOWN, details: error.message, metadata };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: status.INTERNAL, details: `this is a bug in Steading: ${text}`, metadata };
}
