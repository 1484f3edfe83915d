import pulumi from "@pulumi/pulumi";
import type { Output } from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { file } from "#kinds/file.ts";

const registered: { type: string; name: string; inputs: object }[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource(args) {
      const inputs: object = { ...(args.inputs as object) };
      registered.push({ type: args.type, name: args.name, inputs });
      return { id: `${args.name}-id`, state: { ...inputs, machineId: "0123" } };
    },
    call: () => ({}),
  });
});

const valueOf = <T>(value: Output<T>): Promise<T> => new Promise((resolve) => value.apply(resolve));

test("a host outputs what the provider reads, and puts layers on itself", async () => {
  const host = new Host("desk", { connection: { via: "ssh", address: "desk.home" } });
  expect(await valueOf(host.machineId)).toBe("0123");
  expect(await valueOf(host.connection)).toEqual({ via: "ssh", address: "desk.home" });
  const layer = host.layer("greeting", [file("motd", { path: "/etc/motd", content: host.machineId })]);
  expect(await valueOf(layer.urn)).toContain("steading:host:Host$steading:host:Layer::greeting");
  expect(registered.find(({ name }) => name === "greeting")).toMatchObject({
    type: "steading:host:Layer",
    inputs: { host: { via: "ssh", address: "desk.home" }, layer: "greeting", items: { file: { motd: { path: "/etc/motd", content: "0123" } } } },
  });
});
