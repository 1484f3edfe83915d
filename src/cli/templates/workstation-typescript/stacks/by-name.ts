import { existsSync } from "node:fs";
import { basename } from "node:path";
import { getStack, RunError } from "@pulumi/pulumi";

/** Where Pulumi.yaml's `main` leads: a stack's file name is its name, so `--stack workstation` runs `workstation.ts`, here. */
const file = new URL(`./${getStack()}.ts`, import.meta.url);

if (!existsSync(file) || basename(file.pathname) === basename(import.meta.filename))
  throw new RunError(`there is no stacks/${getStack()}.ts: a stack is a file of its name`);

const outputs: unknown = await import(file.href);

export default { ...Object(outputs) as object };
