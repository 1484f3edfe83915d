import { Command } from "commander";
import { agreed, mayAsk } from "#cli/ask.ts";
import { reporting } from "#cli/failure.ts";
import { onFile, withStackOptions, withYes } from "#cli/stack-options.ts";
import type { ChangeOptions } from "#cli/stack-options.ts";

interface RefreshFlags extends ChangeOptions {
  readonly clearPendingCreates?: true;
}

async function action({ clearPendingCreates, ...options }: RefreshFlags): Promise<void> {
  const ask = mayAsk("refresh", options);
  const [{ onStack }, operation] = await Promise.all([import("#cli/stack-run.ts"), import("#engine/operations/refresh.ts")]);
  await onStack(
    {
      command: "refresh",
      forChange: true,
      run: async (stack, run) => (!ask || (await agreed("Read the hosts into the state?")) ? operation.refresh(stack, { ...run, clearPendingCreates: clearPendingCreates === true }) : undefined),
    },
    options,
  );
}

/** `steading refresh`. */
export const refresh = (): Command =>
  withYes(
    withStackOptions(
      new Command("refresh")
        .summary("read the hosts into the state; changes no host")
        .description("Reads what is on every host and writes it to the stack's state. No host is changed; `up` sees what was changed by hand without it."),
    ),
  )
    .option("--clear-pending-creates", "forget what a killed run was making: you have seen that it is not there")
    .addHelpText("after", "\nExamples:\n  steading refresh --stack workstation --yes\n  steading refresh --stack workstation --yes --clear-pending-creates")
    .action(reporting(onFile(action)));
