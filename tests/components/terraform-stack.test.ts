import { resolve } from "node:path";
import pulumi from "@pulumi/pulumi";
import { TerraformStack } from "#components/terraform-stack.ts";
import { libraries, network } from "../terraform/trees.ts";

test("a tree of either library is handed over as the same configuration, with a key that is made before", async () => {
  const seen: { readonly type: string; readonly inputs: object }[] = [];
  await pulumi.runtime.setMocks({
    newResource({ type, name, inputs }) {
      seen.push({ type, inputs: { ...(inputs as object) } });
      return { id: name, state: { ...(inputs as object), key: "ab".repeat(32) } };
    },
    call: () => ({}),
  });
  for (const [name, library] of Object.entries(libraries)) {
    const made = new TerraformStack(name, { stack: network(library), variables: { password: "x" }, providerMirror: "mirror", tofu: "build" });
    await new Promise((done) => made.urn.apply(done));
  }
  expect(seen.map(({ type }) => type)).toEqual(["steading:terraform:Key", "steading:terraform:Stack", "steading:terraform:Key", "steading:terraform:Stack"]);
  expect(seen[1]?.inputs).toEqual(seen[3]?.inputs);
  expect(seen[1]?.inputs).toMatchObject({ key: "ab".repeat(32), variables: { password: "x" }, providerMirror: resolve("mirror"), tofu: "build", configuration: { variable: { password: { type: "string" } } } });
});
