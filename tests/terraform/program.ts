import { Config } from "@pulumi/pulumi";
import { TerraformStack } from "#components/terraform-stack.ts";
import { libraries, network } from "./trees.ts";

const config = new Config();
const library = config.get("library") === "cdktf" ? libraries.cdktf : libraries.cdktn;
const input = config.get("input");
const made = new TerraformStack("network", {
  stack: network(library, input === undefined ? {} : { input }),
  variables: { password: config.requireSecret("password") },
  ...(config.get("tofu") === undefined ? {} : { tofu: config.require("tofu") }),
});
export const name = made.outputs["name"];
export const known = made.outputs["known"];
export const secret = made.secretOutputs["secret"];
export const resources = made.resources;
