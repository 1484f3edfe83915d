import { CustomResource, log } from "@pulumi/pulumi";
import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import { fromProject } from "#provider/from-project.ts";
import { synthesise } from "#terraform/synth.ts";
import type { ConstructTree } from "#terraform/synth.ts";

/** A stack of Terraform, and what it is given. */
export interface TerraformStackArgs {
  /** A `TerraformStack` of cdktn 0.24 or cdktf 0.21, in its `App`, with all constructs in it: of one of the two, never of both. */
  stack: ConstructTree;
  /** Values of its `TerraformVariable`s. Secrets among them are sensitive to OpenTofu too. @defaultValue those that the variables have */
  variables?: Input<{ readonly [name: string]: Input<unknown> }>;
  /** The folder of a filesystem mirror: providers come from there, and from nowhere else. @defaultValue what your OpenTofu is configured for, else its registry */
  providerMirror?: string;
  /** The file of `tofu`, or `build`: an OpenTofu of Steading's own, which Go builds from its source. @defaultValue that of the PATH, else one that was built before */
  tofu?: string;
}

/** What opens the working copy of a state. */
class TerraformKey extends CustomResource {
  declare readonly key: Output<string>;

  constructor(name: string, options: CustomResourceOptions) {
    super("steading:terraform:Key", name, { key: undefined }, options);
  }
}

/**
 * A construct tree of cdktf or cdktn, planned and applied by OpenTofu. A preview is OpenTofu's own plan, resource by resource and
 * with a look at what is there; what OpenTofu knows is kept in the state of this stack, encrypted.
 *
 * @example Providers of Terraform beside hosts
 * ```ts
 * import { App, DataResource, TerraformOutput, TerraformStack as CdkStack } from "cdktn";
 *
 * const stack = new CdkStack(new App({ outdir: ".steading/cdktf.out" }), "network");
 * const site = new DataResource(stack, "site", { input: { name: "home" } });
 * new TerraformOutput(stack, "name", { value: site.output, staticId: true });
 *
 * export const name = new TerraformStack("network", { stack }).outputs["name"];
 * ```
 */
export class TerraformStack extends CustomResource {
  /** Its outputs by name, but those that are secret. Whole numbers from 2^53 on are texts. */
  declare readonly outputs: Output<{ readonly [name: string]: unknown }>;
  /** Its outputs that are sensitive, or hold a secret variable. */
  declare readonly secretOutputs: Output<{ readonly [name: string]: unknown }>;
  /** Ids of its resources by their address; empty where one has none. */
  declare readonly resources: Output<{ readonly [address: string]: string }>;

  constructor(name: string, { stack, variables, providerMirror, tofu }: TerraformStackArgs, options: CustomResourceOptions = {}) {
    const { configuration, files, executables, links, warnings } = synthesise(stack, `terraform stack ${name}`);
    const { parent, provider } = options;
    const { key } = new TerraformKey(name, { ...(parent === undefined ? {} : { parent }), ...(provider === undefined ? {} : { provider }) });
    const inputs = {
      configuration,
      key,
      ...(Object.keys(files).length === 0 ? {} : { files }),
      ...(executables.length === 0 ? {} : { executables }),
      ...(Object.keys(links).length === 0 ? {} : { links }),
      ...(variables === undefined ? {} : { variables }),
      ...(providerMirror === undefined ? {} : { providerMirror: fromProject(providerMirror) }),
      ...(tofu === undefined ? {} : { tofu: tofu.includes("/") ? fromProject(tofu) : tofu }),
    };
    const made = { outputs: undefined, secretOutputs: undefined, resources: undefined, tfstate: undefined, lockFile: undefined };
    super("steading:terraform:Stack", name, { ...inputs, ...made }, options);
    for (const warning of warnings) void log.warn(warning, this);
  }
}
