import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { handleUnaryCall } from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { secret, UNKNOWN } from "#model/value.ts";
import { linesOf } from "#provider/engine-log.ts";
import { fromStruct } from "#provider/wire.ts";
import { layerCalls } from "../support/layer-requests.ts";
import { startPlugin } from "../support/plugin.ts";
import type { Plugin } from "../support/plugin.ts";
import { busyboxTree, treeObstacle } from "../support/tree.ts";
import { skipUnless } from "../support/skip.ts";

const test = skipUnless(treeObstacle === undefined, treeObstacle ?? "");

const lines: LogRequest.AsObject[] = [];
const server = new Server();
let plugin: Plugin;
let tree: ReturnType<typeof busyboxTree>;

beforeAll(async () => {
  const log: handleUnaryCall<LogRequest, InstanceType<typeof emptyPb.Empty>> = (call, done) => {
    lines.push(call.request.toObject());
    done(null, new emptyPb.Empty());
  };
  server.addService(engineGrpc.EngineService, { log });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => { if (error) reject(error); else resolve(bound); });
  });
  tree = busyboxTree();
  plugin = await startPlugin(`127.0.0.1:${String(port)}`);
});
afterAll(async () => {
  await plugin.stop();
  server.forceShutdown();
  tree.remove();
});
beforeEach(() => { lines.length = 0; });

const layer = (name: string, items: object) => ({ host: { via: "tree", root: tree.root }, layer: name, items: { ...items } });

test("steps are told while they run, before the answer, without secrets", async () => {
  const calls = layerCalls(plugin, "told");
  const { inputs } = await calls.check(layer("told", { file: { key: { path: "/etc/key", content: secret("hunter22") } }, command: { mark: { probe: ["test", "-e", "/mark"], apply: ["cp", "/dev/stdin", "/mark"], stdin: "hunter33", undo: ["rm", "-f", "/mark"] } } }));
  expect(inputs).toMatchObject({ items: { command: { mark: { stdin: secret("hunter33") } } } });
  await calls.create(inputs);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.map(({ message }) => message)).toContainEqual(expect.stringMatching(/^\[[12]\/2\] file key: write-file \/etc\/key$/));
  expect(lines.every(({ urn, ephemeral }) => urn === calls.urn && ephemeral)).toBe(true);
  expect(JSON.stringify(lines)).not.toMatch(/hunter/);
});

test("what cannot be told is said at preview", async () => {
  await layerCalls(plugin, "open").create(layer("open", { file: { key: { path: "/etc/open", content: UNKNOWN } } }), true);
  expect(lines.map(({ message }) => message)).toEqual([`${tree.root}: file key content: waits for a value that is not known yet`]);
});

test("a host that does not answer is a warning at preview, and a failure at up", async () => {
  const calls = layerCalls(plugin, "away");
  const inputs = { ...layer("away", {}), host: { via: "ssh", address: "127.0.0.1", port: 1 } };
  await calls.create(inputs, true);
  expect(lines.find(({ severity }) => severity === enginePb.LogSeverity.WARNING)?.message).toContain("cannot tell what would change: 127.0.0.1");
  await expect(calls.create(inputs)).rejects.toThrow(/state of the host: untouched/);
});

test("a change that stops half-way is recorded: id, inputs and outputs travel with the failure", async () => {
  const calls = layerCalls(plugin, "half");
  const inputs = layer("half", { command: { stuck: { probe: ["test", "-e", "/never"], apply: ["sh", "-c", "exit 3"], undo: { impossible: "it is a test" } } } });
  const error: unknown = await calls.create(inputs).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: expect.stringContaining("partial") as string });
  const [raw] = (error as { metadata: { get(key: string): Uint8Array[] } }).metadata.get("grpc-status-details-bin");
  const [detail] = statusPb.Status.deserializeBinary(raw ?? new Uint8Array()).getDetailsList();
  expect(detail?.getTypeName()).toBe("pulumirpc.ErrorResourceInitFailed");
  const failed = pb.ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
  expect(failed.getId()).toBe(`half@${tree.root}`);
  expect(fromStruct(failed.getInputs())).toEqual(inputs);
  expect(fromStruct(failed.getProperties())).toMatchObject({ items: inputs.items });
  expect(failed.getReasonsList()[0]).toContain("state of the host: partial");
});

test.each([
  [{ event: "step", urn: "u", host: "h", step: "s", index: 1, of: 2, seconds: 1 } as const, []],
  [{ event: "planned", urn: "u", host: "h", items: [{ kind: "file", name: "a", action: "change", fields: [{ field: "mode", have: "0600", want: "0644" }] }], reactions: [] } as const, []],
  [{ event: "planned", urn: "u", host: "h", items: [{ kind: "file", name: "a", action: "waits", fields: [{ field: "x", note: "waits for a reboot: why" }] }], reactions: ["restart x"] } as const, ["h: file a x: waits for a reboot: why", "h: then: restart x"]],
])("of %j the engine is told %j", (event, expected) => {
  expect(linesOf(event).map(({ text }) => text)).toEqual(expected);
});
