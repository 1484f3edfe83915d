import pulumi from "@pulumi/pulumi";
import type { TerraformStack } from "cdktf";
import { synthesise } from "#terraform/synth.ts";
import { libraries, treeOf } from "./trees.ts";

const asText = (value: unknown): string => `the ${String(value)}`;
const shapes: readonly (readonly [place: string, fill: (stack: TerraformStack, library: typeof libraries.cdktf) => void])[] = [
  ["network/a input", (stack, { DataResource }) => { new DataResource(stack, "a", { input: pulumi.output({ name: "x" }) }); }],
  ["network/a input.name", (stack, { DataResource }) => { new DataResource(stack, "a", { input: { name: pulumi.output("x") } }); }],
  ["resource.terraform_data.a.input.name", (stack, { DataResource }) => { new DataResource(stack, "a", { input: { name: asText(pulumi.output("x")) } }); }],
  ["network/a rawOverrides.labels.0.value", (stack, { TerraformResource }) => { new TerraformResource(stack, "a", { terraformResourceType: "docker_network" }).addOverride("labels", [{ value: pulumi.output("x") }]); }],
  ["network/a value", (stack, { TerraformOutput }) => { new TerraformOutput(stack, "a", { value: pulumi.output("x") }); }],
];

describe.each(["cdktf", "cdktn"] as const)("an Output of Pulumi in a tree of %s", (name) => {
  test.each(shapes)("is found in %s", (place, fill) => {
    expect(() => synthesise(treeOf(libraries[name], fill), "terraform stack network")).toThrow(`there is an Output of Pulumi in ${place}, which has no value before the run (declare a TerraformVariable`);
  });
});
