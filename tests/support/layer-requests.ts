import pb from "@pulumi/pulumi/proto/provider_pb.js";
import type { JsonObject } from "#model/value.ts";
import { fromStruct, toStruct } from "#provider/wire.ts";
import type { Plugin } from "./plugin.ts";
import { rpc } from "./plugin.ts";

/** The five verbs over gRPC for one layer, on plain values. */
export function layerCalls({ client }: Plugin, layer: string, type = "steading:host:Layer") {
  const urn = `urn:pulumi:dev::proj::${type}::${layer}`;
  return {
    urn,
    async check(news: JsonObject, olds: JsonObject = {}) {
      const request = new pb.CheckRequest();
      request.setUrn(urn);
      request.setNews(toStruct(news));
      request.setOlds(toStruct(olds));
      const answer = await rpc<InstanceType<typeof pb.CheckResponse>>((done) => client.check(request, done));
      return { inputs: fromStruct(answer.getInputs()), failures: answer.getFailuresList().map((failure) => failure.toObject()) };
    },
    async diff(id: string, oldInputs: JsonObject, olds: JsonObject, news: JsonObject, ignoreChanges: string[] = []) {
      const request = new pb.DiffRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setOldInputs(toStruct(oldInputs));
      request.setOlds(toStruct(olds));
      request.setNews(toStruct(news));
      request.setIgnorechangesList(ignoreChanges);
      const answer = await rpc<InstanceType<typeof pb.DiffResponse>>((done) => client.diff(request, done));
      const detailed: { [path: string]: number } = {};
      answer.getDetaileddiffMap().forEach((entry, path) => { detailed[path] = entry.getKind(); });
      return { changes: answer.getChanges(), detailed, replaces: answer.getReplacesList(), hasDetailed: answer.getHasdetaileddiff() };
    },
    async create(inputs: JsonObject, preview = false) {
      const request = new pb.CreateRequest();
      request.setUrn(urn);
      request.setProperties(toStruct(inputs));
      request.setPreview(preview);
      const answer = await rpc<InstanceType<typeof pb.CreateResponse>>((done) => client.create(request, done));
      return { id: answer.getId(), properties: fromStruct(answer.getProperties()) };
    },
    async read(id: string, inputs?: JsonObject, properties?: JsonObject) {
      const request = new pb.ReadRequest();
      request.setUrn(urn);
      request.setId(id);
      if (inputs) request.setInputs(toStruct(inputs));
      if (properties) request.setProperties(toStruct(properties));
      const answer = await rpc<InstanceType<typeof pb.ReadResponse>>((done) => client.read(request, done));
      return { id: answer.getId(), inputs: fromStruct(answer.getInputs()), properties: fromStruct(answer.getProperties()) };
    },
    async update(id: string, oldInputs: JsonObject, olds: JsonObject, news: JsonObject) {
      const request = new pb.UpdateRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setOldInputs(toStruct(oldInputs));
      request.setOlds(toStruct(olds));
      request.setNews(toStruct(news));
      const answer = await rpc<InstanceType<typeof pb.UpdateResponse>>((done) => client.update(request, done));
      return fromStruct(answer.getProperties());
    },
    async remove(id: string, oldInputs: JsonObject, olds: JsonObject) {
      const request = new pb.DeleteRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setOldInputs(toStruct(oldInputs));
      request.setProperties(toStruct(olds));
      await rpc((done) => client.delete(request, done));
    },
  };
}
