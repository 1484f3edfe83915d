import { openStack } from "#engine/open-stack.ts";
import { preview } from "#engine/operations/preview.ts";
import { up } from "#engine/operations/up.ts";
import { runModulesAgain } from "#engine/run-again.ts";
import { expProvider, expWorld } from "./exp.ts";

/**
 * Runs one operation on a stack in a process of its own: `node exp-child.ts <directory> <up|up-at-once|up-once-only|preview> [<stack> [<policy pack> …]]`, the last but one without
 * `runModulesAgain`. Prints each event as a line of JSON, then what was asked of the provider.
 */
const [directory = ".", operation = "up", name = "dev", ...packs] = process.argv.slice(2);
if (!operation.endsWith("once-only")) runModulesAgain();
const world = expWorld();
const stack = await openStack({ directory, stack: name, forChange: operation !== "preview" });
const options = {
  loadProvider: (pkg: string) => Promise.resolve(pkg === "exp" ? expProvider(world) : undefined),
  onEvent: (event: object) => console.log(JSON.stringify(event)),
  policyPacks: packs.map((pack) => ({ directory: pack })),
};
const { succeeded } = operation === "preview" ? await preview(stack, options) : await up(stack, { ...options, skipPreview: operation === "up-at-once" });
await stack.close();
console.log(JSON.stringify({ calls: world.calls }));
process.exitCode = succeeded ? 0 : 1;
