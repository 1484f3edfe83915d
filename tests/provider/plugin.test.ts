import { existsSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { layerCalls } from "../support/layer-requests.ts";
import { startPlugin, rpc } from "../support/plugin.ts";
import type { Plugin } from "../support/plugin.ts";
import { skipUnless } from "../support/skip.ts";
import { busyboxTree, treeObstacle } from "../support/tree.ts";

describe("the plugin as a process", () => {
  let plugin: Plugin;
  beforeAll(async () => {
    plugin = await startPlugin();
  });
  afterAll(() => plugin.stop());

  test("writes its port first", () => {
    expect(plugin.port).toMatch(/^\d+$/);
  });

  test("shakes hands: secrets and resources, no outputs", async () => {
    const answer = await rpc<InstanceType<typeof pb.ProviderHandshakeResponse>>((done) => plugin.client.handshake(new pb.ProviderHandshakeRequest(), done));
    expect(answer.toObject()).toMatchObject({ acceptSecrets: true, acceptResources: true, acceptOutputs: false });
  });

  test("configures with preview", async () => {
    const answer = await rpc<InstanceType<typeof pb.ConfigureResponse>>((done) => plugin.client.configure(new pb.ConfigureRequest(), done));
    expect(answer.toObject()).toMatchObject({ acceptsecrets: true, acceptresources: true, supportspreview: true });
  });

  test("hands out a schema with its three resources", async () => {
    const answer = await rpc<InstanceType<typeof pb.GetSchemaResponse>>((done) => plugin.client.getSchema(new pb.GetSchemaRequest(), done));
    const schema: unknown = JSON.parse(answer.getSchema());
    expect(schema).toMatchObject({ name: "steading", resources: { "steading:host:Host": {}, "steading:host:Layer": {}, "steading:cloud:Machine": {} } });
  });

  test("says its version", async () => {
    const info = await rpc<{ getVersion(): string }>((done) => plugin.client.getPluginInfo(new emptyPb.Empty(), done));
    expect(info.getVersion()).toMatch(/^\d+\.\d+\.\d+/);
  });

  test("refuses an unknown resource type by name", async () => {
    const request = new pb.CheckRequest();
    request.setUrn("urn:pulumi:dev::proj::steading:host:Nothing::x");
    await expect(rpc((done) => plugin.client.check(request, done))).rejects.toThrow("no resource type steading:host:Nothing");
  });

  test("leaves what it cannot do unimplemented", async () => {
    await expect(rpc((done) => plugin.client.construct(new pb.ConstructRequest(), done))).rejects.toMatchObject({ code: 12 });
  });
});

describe("the end of the plugin", () => {
  test("comes with the end of stdin, so that a killed engine leaves no orphan", async () => {
    const plugin = await startPlugin();
    plugin.child.stdin?.end();
    expect(await plugin.exited).toBe(0);
  });

  test("comes when nobody listens at the engine's address, where stdin is no pipe", async () => {
    const engine = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => engine.listen(0, "127.0.0.1", resolve));
    const { port } = engine.address() as AddressInfo;
    const plugin = await startPlugin(`127.0.0.1:${String(port)}`, "ignore");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(plugin.child.exitCode).toBeNull();
    await new Promise((resolve) => engine.close(resolve));
    expect(await plugin.exited).toBe(0);
  });

  skipUnless(treeObstacle === undefined, treeObstacle ?? "")("waits for a transaction that is under way, and its answer arrives", async () => {
    const tree = busyboxTree();
    try {
      const plugin = await startPlugin();
      const mark = { probe: ["test", "-e", "/mark"], apply: ["sh", "-c", "sleep 1; touch /mark"], undo: ["rm", "-f", "/mark"] };
      const made = layerCalls(plugin, "slow").create({ host: { via: "tree", root: tree.root }, layer: "slow", items: { command: { mark } } });
      while (!existsSync(join(tree.root, "var/lib/steading/lock"))) await new Promise((resolve) => setTimeout(resolve, 20));
      plugin.child.stdin?.end();
      expect(await made).toMatchObject({ id: `slow@${tree.root}` });
      expect(await plugin.exited).toBe(0);
      expect(existsSync(join(tree.root, "mark"))).toBe(true);
    } finally {
      tree.remove();
    }
  });

  skipUnless(treeObstacle === undefined, treeObstacle ?? "")("a Cancel lets a transaction that is under way end, and its answer arrives; nothing more begins", async () => {
    const tree = busyboxTree();
    const plugin = await startPlugin();
    try {
      const mark = { probe: ["test", "-e", "/mark"], apply: ["sh", "-c", "sleep 1; touch /mark"], undo: ["rm", "-f", "/mark"] };
      const made = layerCalls(plugin, "slow").create({ host: { via: "tree", root: tree.root }, layer: "slow", items: { command: { mark } } });
      while (!existsSync(join(tree.root, "var/lib/steading/lock"))) await new Promise((resolve) => setTimeout(resolve, 20));
      await rpc((done) => plugin.client.cancel(new emptyPb.Empty(), done));
      expect(await made).toMatchObject({ id: `slow@${tree.root}` });
      expect(existsSync(join(tree.root, "mark"))).toBe(true);
      await expect(layerCalls(plugin, "late").create({ host: { via: "tree", root: tree.root }, layer: "late", items: { file: { late: { path: "/etc/late", content: "" } } } })).rejects.toThrow();
      expect(existsSync(join(tree.root, "etc/late"))).toBe(false);
    } finally {
      await plugin.stop();
      tree.remove();
    }
  });

  test("comes with Cancel and SIGINT, as the engine ends a plugin", async () => {
    const plugin = await startPlugin();
    await rpc((done) => plugin.client.cancel(new emptyPb.Empty(), done));
    expect(plugin.child.exitCode).toBeNull();
    await plugin.stop();
  });
});
