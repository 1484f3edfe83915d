import * as cdktf from "cdktf";
import * as cdktn from "cdktn";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConstructTree } from "#terraform/synth.ts";

/** Either library. */
export const libraries = { cdktf, cdktn };

/** What both have, as far as a tree of these tests uses it. */
export type Cdk = typeof cdktf | typeof cdktn;

/** A tree in an app of `cdk`; the app's own folder is gone afterwards. */
export function treeOf(cdk: Cdk, fill: (stack: cdktf.TerraformStack, library: typeof cdktf) => void): ConstructTree {
  const outdir = mkdtempSync(join(tmpdir(), "steading-app-"));
  try {
    // One program for both: what it uses has the same types, and the constructs are never mixed.
    const library = cdk as typeof cdktf;
    const stack = new library.TerraformStack(new library.App({ outdir }), "network");
    fill(stack, library);
    return stack;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** Two resources of Terraform's own, a variable, and outputs of which one is sensitive. */
export const network = (cdk: Cdk, more: { readonly input?: string } = {}): ConstructTree =>
  treeOf(cdk, (stack, { DataResource, TerraformOutput, TerraformVariable }) => {
    const password = new TerraformVariable(stack, "password", { type: "string" });
    const site = new DataResource(stack, "site", { input: { name: more.input ?? "home" }, triggersReplace: ["1"] });
    new DataResource(stack, "login", { input: { password: password.stringValue, user: site.id } });
    new TerraformOutput(stack, "name", { value: site.output, staticId: true });
    new TerraformOutput(stack, "known", { value: "known", staticId: true });
    new TerraformOutput(stack, "secret", { value: password.stringValue, sensitive: true, staticId: true });
  });
