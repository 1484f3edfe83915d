import type { Struct, Value } from "google-protobuf/google/protobuf/struct_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Json, JsonObject } from "#model/value.ts";

/** The largest message in either direction, in bytes, as Pulumi's own engine has it. */
export const MESSAGE_BYTES = 400 * 1024 * 1024;

/** A JSON object as google.protobuf.Struct. Secrets and unknowns stay in the shape that `#model/value.ts` describes. */
export const toStruct = (value: JsonObject): Struct => struct.Struct.fromJavaScript({ ...value });

/** A Struct as a JSON object; absent is empty. */
export function fromStruct(value: Struct | undefined): JsonObject {
  const entries: [string, Json][] = [];
  value?.getFieldsMap().forEach((field, key) => entries.push([key, fromValue(field)]));
  return Object.fromEntries(entries);
}

function fromValue(value: Value): Json {
  switch (value.getKindCase()) {
    case struct.Value.KindCase.NUMBER_VALUE:
      return value.getNumberValue();
    case struct.Value.KindCase.STRING_VALUE:
      return value.getStringValue();
    case struct.Value.KindCase.BOOL_VALUE:
      return value.getBoolValue();
    case struct.Value.KindCase.STRUCT_VALUE:
      return fromStruct(value.getStructValue());
    case struct.Value.KindCase.LIST_VALUE:
      return (value.getListValue()?.getValuesList() ?? []).map(fromValue);
    default:
      return null;
  }
}
