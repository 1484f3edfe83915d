import { Command } from "commander";
import { reporting } from "#cli/failure.ts";
import { refusePart, withRefresh } from "#cli/run-targets.ts";
import { onFile, withPolicyOptions, withStackOptions } from "#cli/stack-options.ts";
import type { StackOptions } from "#cli/stack-options.ts";
import type { StackCommand } from "#cli/stack-run.ts";

interface PreviewOptions extends StackOptions {
  readonly savePlan?: string;
}

async function action({ savePlan, ...options }: PreviewOptions): Promise<void> {
  if (savePlan !== undefined) refusePart("--save-plan", options);
  const [{ onStack }, operation] = await Promise.all([import("#cli/stack-run.ts"), import("#engine/operations/preview.ts")]);
  const run: StackCommand["run"] =
    savePlan === undefined ? operation.preview : async (stack, on) => (await import("#engine/operations/kept-plan.ts")).previewToFile(stack, on, savePlan);
  await onStack({ command: "preview", forChange: false, run, ...(savePlan === undefined ? {} : { plan: savePlan }) }, options);
}

/** `steading preview`. */
export const preview = (): Command =>
  withRefresh(
    withPolicyOptions(
      withStackOptions(
        new Command("preview")
          .summary("show what would change; reads only")
          .description("Asks every host and shows what `up` would change. Nothing is written, neither on a host nor in the state. Exit 2 when there are changes; what is only to be adopted is none."),
      ),
    ),
  )
    .option("--save-plan <file>", "keep what is shown, for `up --plan`")
    .addHelpText(
      "after",
      `
What the marks say:
  + is not there   ~ differs   - goes back to what it was   ? cannot be told yet   … waits, for example for a reboot
  ! follows from a change   = is so already, and becomes this layer's: no change

Examples:
  steading preview --stack workstation
  steading preview --stack workstation --full          also what is as declared
  steading preview --stack workstation --json | jq .summary
  steading preview --stack workstation --save-plan plan.json
  steading preview --stack workstation --policy-pack policies/baseline`,
    )
    .action(reporting(onFile(action)));
