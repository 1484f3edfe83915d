import { resolve } from "node:path";
import pulumi from "@pulumi/pulumi";
import { AnsiblePlaybook } from "#components/ansible-playbook.ts";
import { Host } from "#components/host.ts";

test("a playbook takes its host's connection, and paths from where the program runs", async () => {
  const seen: object[] = [];
  await pulumi.runtime.setMocks({
    newResource(args) {
      const inputs: object = { ...(args.inputs as object) };
      seen.push(inputs);
      return { id: args.name, state: inputs };
    },
    call: () => ({}),
  });
  const host = new Host("desk", { connection: { via: "ssh", address: "192.0.2.7" } });
  const site = new AnsiblePlaybook("site", { host, playbook: "ansible/site.yml", undoPlaybook: "undo.yml", groups: ["web"], ansible: "venv" });
  await new Promise((done) => site.urn.apply(done));
  expect(seen[1]).toEqual({
    host: { via: "ssh", address: "192.0.2.7" },
    playbook: resolve("ansible/site.yml"),
    directory: resolve("ansible"),
    undoPlaybook: resolve("undo.yml"),
    groups: ["web"],
    ansible: "venv",
  });
});
