import { Command } from "commander";
import { agreed, mayAsk } from "#cli/ask.ts";
import { reporting } from "#cli/failure.ts";
import { withRefresh } from "#cli/run-targets.ts";
import { onFile, withStackOptions, withYes } from "#cli/stack-options.ts";
import type { ChangeOptions } from "#cli/stack-options.ts";

async function action(options: ChangeOptions): Promise<void> {
  const ask = mayAsk("destroy", options);
  const [{ onStack }, operation] = await Promise.all([import("#cli/stack-run.ts"), import("#engine/operations/destroy.ts")]);
  await onStack(
    {
      command: "destroy",
      forChange: true,
      async run(stack, run, changes) {
        if (!ask) return operation.destroy(stack, run);
        const planned = await operation.destroy(stack, { ...run, previewOnly: true });
        if (!planned.succeeded || !(await changes())) return planned;
        return (await agreed(`Put back what the stack ${stack.place.stack} changed, and remove its machines?`)) ? operation.destroy(stack, run) : undefined;
      },
    },
    options,
  );
}

/** `steading destroy`. */
export const destroy = (): Command =>
  withRefresh(
    withYes(
      withStackOptions(
        new Command("destroy")
          .summary("put everything back as it was, and remove the stack's machines")
          .description("Undoes what the stack changed on every host, newest first, from the originals that each host keeps. Machines that the stack made are removed."),
      ),
    ),
  )
    .addHelpText("after", "\nExamples:\n  steading destroy --stack workstation         asks first\n  steading destroy --stack workstation --yes\n  steading destroy --stack workstation --target desk-base --target-dependents    only this layer, and what comes after it\n  steading destroy --stack workstation --yes --when-unreachable forget    a host that is gone for good")
    .action(reporting(onFile(action)));
