import { CustomResource } from "@pulumi/pulumi";
import type { CustomResourceOptions, Inputs } from "@pulumi/pulumi";

/** A resource whose inputs are as the state has them. */
const asInState = (type: string) =>
  class extends CustomResource {
    constructor(name: string, inputs: Inputs, options?: CustomResourceOptions) {
      super(type, name, inputs, options);
    }
  };

/** What the code names that `pulumi import` writes: `new steading.host.Layer(…)`, after `import * as steading from "steading"`. */
export const host = { Host: asInState("steading:host:Host"), Layer: asInState("steading:host:Layer") };
