import { Config } from "@pulumi/pulumi";
import { TerraformStack } from "#components/terraform-stack.ts";
import { libraries, network } from "./trees.ts";
import type { Shape } from "./trees.ts";

const config = new Config();
const providerMirror = config.get("providerMirror");
const made = new TerraformStack("network", {
  stack: network(config.get("library") === "cdktf" ? libraries.cdktf : libraries.cdktn, config.getObject<Shape>("shape")),
  variables: { password: config.requireSecret("password") },
  tofu: config.require("tofu"),
  ...(providerMirror === undefined ? {} : { providerMirror }),
});
export const name = made.outputs["name"];
export const known = made.outputs["known"];
export const secret = made.secretOutputs["secret"];
export const resources = made.resources;
