import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import { secret, UNKNOWN } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { layerCalls } from "../support/layer-requests.ts";
import { rpc, startPlugin } from "../support/plugin.ts";
import type { Plugin } from "../support/plugin.ts";
import { busyboxTree, treeObstacle } from "../support/tree.ts";
import { skipUnless } from "../support/skip.ts";

const test = skipUnless(treeObstacle === undefined, treeObstacle ?? "");

const NONE = 1;
const SOME = 2;
const [ADD, DELETE, UPDATE] = [0, 2, 4];

let plugin: Plugin;
let tree: ReturnType<typeof busyboxTree>;
beforeAll(async () => {
  plugin = await startPlugin();
});
afterAll(() => plugin.stop());
beforeEach(() => {
  tree = busyboxTree();
});
afterEach(() => { tree.remove(); });

const inputs = (layer: string, file: JsonObject): JsonObject => ({ host: { via: "tree", root: tree.root }, layer, items: { file } });
const motd = { path: "/etc/motd", content: "hello\n" };

/** Checks and creates a layer. */
async function made(layer: string, file: JsonObject) {
  const calls = layerCalls(plugin, layer);
  const checked = await calls.check(inputs(layer, file));
  expect(checked.failures).toEqual([]);
  const { id, properties } = await calls.create(checked.inputs);
  return { calls, id, properties, inputs: checked.inputs };
}

describe("check", () => {
  test("finds all mistakes at once, each with its path", async () => {
    const { failures } = await layerCalls(plugin, "bad").check({
      host: { via: "ssh", address: "-oProxyCommand=x", port: 70000 },
      layer: "bad",
      items: { file: { a: { path: "etc/../x", content: 5 }, b: { content: "", mod: "0644" } }, "no-such-kind": { c: {} } },
    });
    expect(failures.map(({ property }) => property)).toEqual([
      "host.address",
      "host.port",
      'items.file["a"].path',
      'items.file["a"].content',
      'items.file["b"]',
      'items.file["b"].mod',
      expect.stringContaining("no-such-kind"),
    ]);
    for (const { reason } of failures) expect(reason).toMatch(/^layer bad/);
  });

  test("refuses a text that an Output was made part of", async () => {
    const text = `os is Calling [toString] on an [Output<T>] is not supported.`;
    const { failures } = await layerCalls(plugin, "bad").check(inputs("bad", { tos: { path: "/etc/tos", content: text } }));
    expect(failures).toEqual([{ property: 'items.file["tos"].content', reason: expect.stringContaining("an Output was made part of a text") as string }]);
  });

  test("refuses what is no connection, no name and no items", async () => {
    const { failures } = await layerCalls(plugin, "bad").check({ host: { via: "pigeon" }, layer: "a b", items: { file: "x" } });
    expect(failures.map(({ property }) => property)).toEqual(["host.via", "layer", "items.file"]);
  });

  test("shows no secret in a reason", async () => {
    const { failures } = await layerCalls(plugin, "bad").check(inputs("bad", { a: { path: secret("hunter22/x"), content: "" } }));
    expect(failures).toHaveLength(1);
    expect(JSON.stringify(failures)).not.toContain("hunter22");
    expect(JSON.stringify(failures)).toContain("[secret]");
  });

  test("leaves unknown values alone and judges the rest", async () => {
    const { failures } = await layerCalls(plugin, "open").check({ host: UNKNOWN, layer: "open", items: { file: { a: { path: UNKNOWN, content: 5 } } } });
    expect(failures.map(({ property }) => property)).toEqual(['items.file["a"].content']);
  });

  test("makes the sudo password a secret", async () => {
    const { inputs: checked } = await layerCalls(plugin, "pw").check({ host: { via: "local", sudoPassword: "hunter22" }, layer: "pw", items: {} });
    expect(checked["host"]).toEqual({ via: "local", sudoPassword: secret("hunter22") });
  });

  test("names both layers and items that want one file differently", async () => {
    const first = await layerCalls(plugin, "first").check(inputs("first", { motd }));
    expect(first.failures).toEqual([]);
    const { failures } = await layerCalls(plugin, "second").check(inputs("second", { banner: { ...motd, content: "bye\n" } }));
    expect(failures).toEqual([{ property: 'items.file["banner"]', reason: expect.stringMatching(/layer second.*file banner and file motd of layer first.*path:\/etc\/motd/) as string }]);
    expect((await layerCalls(plugin, "second").check(inputs("second", { banner: motd }))).failures).toEqual([]);
    await layerCalls(plugin, "first").check(inputs("first", {}));
    expect((await layerCalls(plugin, "second").check(inputs("second", { banner: { ...motd, content: "bye\n" } }))).failures).toEqual([]);
  });
});

describe("a layer on a tree", () => {
  test("is made, left alone, repaired and removed", async () => {
    const before = "was here\n";
    writeFileSync(join(tree.root, "etc/motd"), before);
    const { calls, id, properties, inputs: checked } = await made("life", { motd });
    expect(id).toBe(`life@${tree.root}`);
    expect(readFileSync(join(tree.root, "etc/motd"), "utf8")).toBe("hello\n");
    expect(await calls.diff(id, checked, properties, checked)).toMatchObject({ changes: NONE, detailed: {}, hasDetailed: true });
    writeFileSync(join(tree.root, "etc/motd"), "tampered\n");
    expect(await calls.diff(id, checked, properties, checked)).toMatchObject({ changes: SOME, detailed: { 'items.file["motd"].content': UPDATE } });
    await calls.update(id, checked, properties, checked);
    expect(readFileSync(join(tree.root, "etc/motd"), "utf8")).toBe("hello\n");
    await calls.remove(id, checked, properties);
    expect(readFileSync(join(tree.root, "etc/motd"), "utf8")).toBe(before);
  });

  test("goes on as another resource of the same name in the ledger, and is not undone with the first", async () => {
    const other = { path: "/etc/other", content: "" };
    const first = await made("shared", { motd, other });
    await rpc((done) => plugin.client.configure(new pb.ConfigureRequest(), done));
    const heir = layerCalls(plugin, "heir");
    const { inputs: checked, failures } = await heir.check(inputs("shared", { motd }));
    expect(failures).toEqual([]);
    const { id, properties } = await heir.create(checked);
    await first.calls.remove(first.id, first.inputs, first.properties);
    const there = (): readonly boolean[] => [motd, other].map(({ path }) => existsSync(join(tree.root, path)));
    expect(there()).toEqual([true, false]);
    expect(await heir.diff(id, checked, properties, checked)).toMatchObject({ changes: NONE });
    await heir.remove(id, checked, properties);
    expect(there()).toEqual([false, false]);
  });

  test("previews without touching the host", async () => {
    const calls = layerCalls(plugin, "preview");
    const { id, properties } = await calls.create(inputs("preview", { motd }), true);
    expect(id).toBe("");
    expect(properties).toMatchObject({ layer: "preview", machineId: UNKNOWN });
    expect(existsSync(join(tree.root, "etc/motd"))).toBe(false);
    expect(existsSync(join(tree.root, "var/lib/steading"))).toBe(false);
  });

  test("tells added, removed and changed items by path", async () => {
    const { calls, id, properties, inputs: checked } = await made("paths", { motd, old: { path: "/etc/old", content: "" } });
    const news = inputs("paths", { motd: { ...motd, mode: "0600" }, new: { path: "/etc/new", content: "" } });
    expect(await calls.diff(id, checked, properties, news)).toMatchObject({
      changes: SOME,
      detailed: { 'items.file["motd"].mode': ADD, 'items.file["new"]': ADD, 'items.file["old"]': DELETE },
    });
    await calls.update(id, checked, properties, news);
    expect(existsSync(join(tree.root, "etc/old"))).toBe(false);
    expect(existsSync(join(tree.root, "etc/new"))).toBe(true);
  });

  test("records what is declared otherwise, also where the host is so already: it is what will be undone", async () => {
    const { calls, id, properties, inputs: checked } = await made("recorded", { motd });
    const news = inputs("recorded", { motd: { ...motd, mode: "0644" } });
    expect(await calls.diff(id, checked, properties, news)).toMatchObject({ changes: SOME, detailed: { 'items.file["motd"].mode': ADD } });
    expect(await calls.diff(id, checked, properties, news, ["items"])).toMatchObject({ changes: NONE });
    const now = await calls.update(id, checked, properties, news);
    expect(await calls.diff(id, news, now, news)).toMatchObject({ changes: NONE });
  });

  test("of 300 items shows the three that differ, and no other: that is what `pulumi preview --diff` prints", async () => {
    const files = Object.fromEntries(Array.from({ length: 298 }, (_, index) => [`f${String(index)}`, { path: `/etc/many-${String(index)}`, content: `${String(index)}\n` }]));
    const { calls, id, properties, inputs: checked } = await made("many", { ...files, motd, old: { path: "/etc/old", content: "" } });
    writeFileSync(join(tree.root, "etc/many-7"), "tampered\n");
    const news = inputs("many", { ...files, motd: { ...motd, content: "hi\n" } });
    expect((await calls.diff(id, checked, properties, news)).detailed).toEqual({ 'items.file["f7"].content': UPDATE, 'items.file["motd"].content': UPDATE, 'items.file["old"]': DELETE });
  });

  test("is the same however it is reached", async () => {
    const { calls, id, properties, inputs: checked } = await made("moved", { motd });
    const there = { ...checked, host: { via: "tree", root: `${tree.root}/` } };
    expect(await calls.diff(id, checked, properties, { ...checked, host: { ...(there.host), root: tree.root } })).toMatchObject({ changes: NONE });
    expect(await calls.diff(id, { ...checked, host: { via: "tree", root: "/elsewhere" } }, properties, checked)).toMatchObject({ changes: NONE, replaces: [] });
  });

  test("keeps an unknown value to its own item", async () => {
    const { calls, id, properties, inputs: checked } = await made("unknown", { motd, key: { path: "/etc/key", content: "x" } });
    writeFileSync(join(tree.root, "etc/motd"), "tampered\n");
    const news = inputs("unknown", { motd, key: { path: "/etc/key", content: UNKNOWN } });
    expect(await calls.diff(id, checked, properties, news)).toMatchObject({
      changes: SOME,
      detailed: { 'items.file["motd"].content': UPDATE, 'items.file["key"].content': UPDATE },
    });
  });

  test("cannot tell anything of a host that is not known yet", async () => {
    const { calls, id, properties, inputs: checked } = await made("nohost", { motd });
    expect(await calls.diff(id, checked, properties, { ...checked, host: UNKNOWN })).toMatchObject({ changes: 0, replaces: [] });
  });

  test("honours ignoreChanges for drift, too", async () => {
    const { calls, id, properties, inputs: checked } = await made("ignore", { motd });
    writeFileSync(join(tree.root, "etc/motd"), "tampered\n");
    expect(await calls.diff(id, checked, properties, checked, ['items.file["motd"].content'])).toMatchObject({ changes: NONE, detailed: {} });
    expect(await calls.diff(id, checked, properties, checked, ["items.file.*.content"])).toMatchObject({ changes: NONE, detailed: {} });
    expect(await calls.diff(id, checked, properties, checked, ['items.file["other"]'])).toMatchObject({ changes: SOME });
  });

  test("is replaced when it is renamed", async () => {
    const { calls, id, properties, inputs: checked } = await made("name", { motd });
    expect(await calls.diff(id, checked, properties, { ...checked, layer: "other" })).toMatchObject({ changes: SOME, replaces: ["layer"] });
  });
});

describe("refresh", () => {
  test("shows what is there, once, and destroy still restores", async () => {
    const { calls, id, properties, inputs: checked } = await made("refresh", { motd, gone: { path: "/etc/gone", content: "" } });
    writeFileSync(join(tree.root, "etc/motd"), "tampered\n");
    rmSync(join(tree.root, "etc/gone"));
    const read = await calls.read(id, checked, properties);
    expect(read).toMatchObject({ id, inputs: { items: { file: { motd: { content: expect.stringMatching(/^sha256:/) as string }, gone: { type: "absent" } } } } });
    // The engine asks the other way round during refresh.
    expect(await calls.diff(id, read.inputs, read.properties, checked)).toMatchObject({ changes: SOME, detailed: { 'items.file["motd"].content': UPDATE, 'items.file["gone"]': ADD } });
    const again = await calls.read(id, read.inputs, read.properties);
    expect(await calls.diff(id, again.inputs, again.properties, read.inputs)).toMatchObject({ changes: NONE });
    await calls.remove(id, again.inputs, again.properties);
    expect(existsSync(join(tree.root, "etc/motd"))).toBe(false);
  });

  test("changes nothing where nothing differs", async () => {
    const { calls, id, properties, inputs: checked } = await made("calm", { motd });
    expect(await calls.read(id, checked, properties)).toEqual({ id, inputs: checked, properties });
  });

  test("keeps nested secrets wrapped, also those that it read", async () => {
    const { calls, id, properties, inputs: checked } = await made("secrets", { key: { path: "/etc/key", content: secret("hunter22\n"), mode: "0600" } });
    expect(readFileSync(join(tree.root, "etc/key"), "utf8")).toBe("hunter22\n");
    const shown = (value: JsonObject): string => JSON.stringify(value, (_, inner: unknown) => (typeof inner === "object" && inner !== null && "value" in inner ? "[secret]" : inner));
    expect(JSON.stringify(properties)).toContain("hunter22"); // it would be seen
    writeFileSync(join(tree.root, "etc/key"), "hunter33\n");
    const read = await calls.read(id, checked, properties);
    for (const value of [properties, read.inputs, read.properties]) {
      expect(shown(value)).toContain("[secret]");
      expect(shown(value)).not.toMatch(/hunter|sha256/);
    }
  });
});

describe("import", () => {
  test("finds a layer by name and connection", async () => {
    await made("mine", { motd });
    const found = await layerCalls(plugin, "mine").read(`mine@tree:${tree.root}`);
    expect(found).toMatchObject({ id: `mine@${tree.root}`, inputs: { host: { via: "tree", root: tree.root }, layer: "mine", items: {} } });
    expect(await layerCalls(plugin, "mine").read(found.id)).toEqual(found);
  });

  test("says how an id is written", async () => {
    await expect(layerCalls(plugin, "mine").read("nonsense")).rejects.toThrow(/UNKNOWN: nonsense is no layer: write <layer>@ssh:\/\/root@host:22/);
  });

  test("finds a host by its connection", async () => {
    const found = await layerCalls(plugin, "h", "steading:host:Host").read(`tree:${tree.root}`);
    expect(found).toMatchObject({ id: `tree:${tree.root}`, inputs: { connection: { via: "tree", root: tree.root } }, properties: { booted: false } });
  });
});

describe("a failure", () => {
  test("says in what state the host is, and what to do", async () => {
    const calls = layerCalls(plugin, "broken");
    const { inputs: checked } = await calls.check(inputs("broken", { bad: { path: "/etc/bad", content: "", owner: "nobody-here" } }));
    await expect(calls.create(checked)).rejects.toThrow(/state of the host: reverted[\s\S]*what to do:/);
    expect(existsSync(join(tree.root, "etc/bad"))).toBe(false);
  });
});
