import pulumi from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { Machine } from "#components/machine.ts";

test("a host is reached over the connection that its machine outputs", async () => {
  const seen: object[] = [];
  await pulumi.runtime.setMocks({
    newResource(args) {
      const inputs: object = { ...(args.inputs as object) };
      seen.push(inputs);
      return { id: args.name, state: { ...inputs, connection: { via: "tree", root: "/srv/lab" } } };
    },
    call: () => ({}),
  });
  const machine = new Machine("lab", { cloud: "lab-container", want: { release: 13 } });
  const host = new Host("lab", { connection: machine.connection });
  await new Promise((resolve) => host.urn.apply(resolve));
  expect(seen[0]).toMatchObject({ cloud: "lab-container", name: "lab", want: { release: 13 } });
  expect(seen[1]).toMatchObject({ connection: { via: "tree", root: "/srv/lab" } });
});
