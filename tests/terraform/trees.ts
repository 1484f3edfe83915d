import * as cdktf from "cdktf";
import * as cdktn from "cdktn";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConstructTree } from "#terraform/synth.ts";

/** Either library. */
export const libraries = { cdktf, cdktn };

/** What both have. */
export type Cdk = typeof cdktf | typeof cdktn;

/** One program for both: what it uses has the same types, and the constructs are never mixed. */
const isLibrary = (value: object): value is typeof cdktf => "TerraformStack" in value;

/** A tree in an app of `cdk`; the app's own folder is gone afterwards. */
export function treeOf(cdk: Cdk, fill: (stack: cdktf.TerraformStack, library: typeof cdktf) => void): ConstructTree {
  const outdir = mkdtempSync(join(tmpdir(), "steading-app-"));
  try {
    const library: object = cdk;
    if (!isLibrary(library)) throw new Error("that is neither of them");
    const stack = new library.TerraformStack(new library.App({ outdir }), "network");
    fill(stack, library);
    return stack;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** What differs between the programs of these tests. */
export interface Shape {
  /** What the site is called. @defaultValue home */
  readonly input?: string;
  /** A command that is run when a third resource is made, after the first. @defaultValue there is no third */
  readonly command?: string;
  /** Whether there is a second resource, which is made before the third. @defaultValue false */
  readonly second?: boolean;
  /** A provider that there is nowhere. @defaultValue false */
  readonly foreign?: boolean;
}

/** Two resources of Terraform's own, a variable, and outputs of which one is sensitive. */
export const network = (cdk: Cdk, { input = "home", command, second = false, foreign = false }: Shape = {}): ConstructTree =>
  treeOf(cdk, (stack, { DataResource, TerraformOutput, TerraformVariable }) => {
    const password = new TerraformVariable(stack, "password", { type: "string" });
    const site = new DataResource(stack, "site", { input: { name: input }, triggersReplace: ["1"] });
    new DataResource(stack, "login", { input: { password: password.stringValue, user: site.id } });
    new TerraformOutput(stack, "name", { value: site.output, staticId: true });
    new TerraformOutput(stack, "known", { value: "known", staticId: true });
    new TerraformOutput(stack, "secret", { value: password.stringValue, sensitive: true, staticId: true });
    const before = second ? new DataResource(stack, "second", { input: { name: "second" } }) : site;
    if (command !== undefined) new DataResource(stack, "third", { dependsOn: [before], provisioners: [{ type: "local-exec", command }] });
    if (foreign) stack.addOverride("terraform.required_providers", { absent: { source: "steading.example/nobody/absent", version: "1.0.0" } });
  });
