import { Command } from "commander";
import { reporting } from "#cli/failure.ts";
import { withStackOptions } from "#cli/stack-options.ts";
import type { StackOptions } from "#cli/stack-options.ts";

async function action(options: StackOptions): Promise<void> {
  const [{ onStack }, operation] = await Promise.all([import("#cli/stack-run.ts"), import("#engine/operations/preview.ts")]);
  await onStack({ command: "preview", forChange: false, run: (stack, run) => operation.preview(stack, run) }, options);
}

/** `steading preview`. */
export const preview = (): Command =>
  withStackOptions(
    new Command("preview")
      .summary("show what would change; reads only")
      .description("Asks every host and shows what `up` would change. Nothing is written, neither on a host nor in the state. Exit 2 when there are changes; what is only to be adopted is none."),
  )
    .addHelpText(
      "after",
      `
What the marks say:
  + is not there   ~ differs   - goes back to what it was   ? cannot be told yet   … waits, for example for a reboot
  ! follows from a change   = is so already, and becomes this layer's: no change

Examples:
  steading preview --stack workstation
  steading preview --stack workstation --full          also what is as declared
  steading preview --stack workstation --json | jq .summary`,
    )
    .action(reporting(action));
