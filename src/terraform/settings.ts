import { either, list, mapping, oneOf, optional, path, propsOf, secretly, text } from "#model/schema.ts";
import type { Schema } from "#model/schema.ts";
import type { Json, JsonObject } from "#model/value.ts";

/** What OpenTofu is given, and how it is run. */
export interface TerraformSettings {
  /** Configuration in Terraform's JSON syntax: what is in `cdk.tf.json`. */
  configuration: JsonObject;
  /** Files beside it, in base64, by their path: assets and local modules. */
  files?: { readonly [path: string]: string };
  /** Those of them that are programs, by path. */
  executables?: readonly string[];
  /** Symbolic links beside it: where they lead, by path. */
  links?: { readonly [path: string]: string };
  /** Values of its variables. Secrets among them are sensitive to OpenTofu too. */
  variables?: { readonly [name: string]: Json };
  /** The folder of a filesystem mirror: providers come from there only. */
  providerMirror?: string;
  /** The file of `tofu`, or `build`. */
  tofu?: string;
  /** What opens the working copy of the state, in hexadecimal digits. */
  key: string;
}

const below = mapping(/^(?!\/)(?!(.*\/)?\.\.(\/|$)).+$/, text(), "a path below the configuration");

const anything: Schema<JsonObject> = { json: { type: "object" } };

/** The schema of what OpenTofu is given. */
export const terraformProps = propsOf<TerraformSettings>()({
  configuration: anything,
  files: optional(below),
  executables: optional(list(text())),
  links: optional(below),
  variables: optional(anything),
  providerMirror: optional(path),
  tofu: optional(either(oneOf("build"), path, "an absolute path of tofu, or build")),
  key: secretly(text(/^[0-9a-f]{64}$/, "64 hexadecimal digits")),
});
