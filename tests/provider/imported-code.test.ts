import pulumi from "@pulumi/pulumi";
import * as steading from "steading";
import { Layer } from "#components/layer.ts";
import { file } from "#kinds/file.ts";
import { packageSchema } from "#provider/schema.ts";

/** What a resource is registered with. */
async function registered(make: () => pulumi.CustomResource): Promise<unknown> {
  const seen: { readonly type: string; readonly inputs: unknown }[] = [];
  await pulumi.runtime.setMocks({ newResource: ({ type, inputs }) => (seen.push({ type, inputs }), { id: "id", state: {} }), call: () => ({}) });
  const { urn } = make();
  await new Promise((resolve) => urn.apply(resolve));
  return seen[0];
}

const connection = { via: "local" } as const;
const want = { path: "/etc/motd", content: "hello\n" };

test("a layer as `pulumi import` writes it is the layer of a program", async () => {
  const imported = await registered(() => new steading.host.Layer("web", { host: connection, layer: "web", items: { file: { motd: want } } }, { protect: true }));
  expect(imported).toEqual(await registered(() => new Layer("web", { host: connection, items: [file("motd", want)] })));
});

test("a host as `pulumi import` writes it is found by its connection", async () => {
  expect(await registered(() => new steading.host.Host("desk", { connection }))).toEqual({ type: "steading:host:Host", inputs: { connection } });
});

test("that code says no more than a program has to", () => {
  expect(packageSchema("1.2.3")).toMatchObject({ language: { nodejs: { packageName: "steading" } }, resources: { "steading:host:Layer": { requiredInputs: ["host", "layer", "items"] } } });
});
