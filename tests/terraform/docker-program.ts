import { Config } from "@pulumi/pulumi";
import { TerraformStack } from "#components/terraform-stack.ts";
import { libraries, treeOf } from "./trees.ts";

/** What differs between the programs of these tests. */
export interface DockerShape {
  /** The name of a volume that is there already. @defaultValue none */
  readonly found?: string;
  /** The addresses of the network. @defaultValue 10.84.7.0/24 */
  readonly subnet?: string;
}

const config = new Config();
const { found, subnet = "10.84.7.0/24" } = config.getObject<DockerShape>("shape") ?? {};

/** Podman answers otherwise than it was asked: an address that it chose, privileges that it never gives. */
const leaving = (...attributes: readonly string[]) => ({ lifecycle: { ignore_changes: attributes } });

const made = new TerraformStack("containers", {
  stack: treeOf(config.get("library") === "cdktf" ? libraries.cdktf : libraries.cdktn, (stack, { TerraformOutput, TerraformResource, TerraformVariable }) => {
    const password = new TerraformVariable(stack, "password", { type: "string" });
    stack.addOverride("terraform.required_providers.docker", { source: "kreuzwerker/docker", version: config.require("version") });
    stack.addOverride("provider.docker", [{ host: config.require("host") }]);
    const resource = (id: string, terraformResourceType: string, properties: { readonly [name: string]: unknown }) => {
      const element = new TerraformResource(stack, id, { terraformResourceType });
      for (const [name, value] of Object.entries(properties)) element.addOverride(name, value);
      return element;
    };
    const volume = resource("data", "docker_volume", { name: "data", labels: [{ label: "for", value: "tests" }] });
    resource("home", "docker_network", { name: "home", ipam_config: [{ subnet }], ...leaving("ipam_config", "ipam_options") });
    const shell = resource("box", "docker_container", {
      ...{ name: "shell", image: config.require("image"), command: ["sh"], must_run: false, start: false },
      env: [`PASSWORD=${password.stringValue}`],
      volumes: [{ volume_name: volume.getStringAttribute("name"), container_path: "/data" }],
      ...leaving("capabilities"),
    });
    if (found !== undefined) resource("found", "docker_volume", { name: found }).importFrom(found);
    new TerraformOutput(stack, "mountpoint", { value: volume.getStringAttribute("mountpoint"), staticId: true });
    new TerraformOutput(stack, "shell", { value: shell.getStringAttribute("id"), staticId: true });
  }),
  variables: { password: config.requireSecret("password") },
  providerMirror: config.require("mirror"),
  tofu: config.require("tofu"),
});
export const mountpoint = made.outputs["mountpoint"];
export const shell = made.outputs["shell"];
