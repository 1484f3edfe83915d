import { Command } from "commander";
import { agreed, mayAsk } from "#cli/ask.ts";
import { reporting } from "#cli/failure.ts";
import { refusePart, withRefresh } from "#cli/run-targets.ts";
import { onFile, withPolicyOptions, withStackOptions, withYes } from "#cli/stack-options.ts";
import type { ChangeOptions } from "#cli/stack-options.ts";

interface UpOptions extends ChangeOptions {
  readonly plan?: string;
}

/** What the plan says was looked at when it was made: nobody is asked. */
async function asPlanned(file: string, options: UpOptions): Promise<void> {
  refusePart("--plan", options);
  const [{ onStack }, { upAsPlanned }] = await Promise.all([import("#cli/stack-run.ts"), import("#engine/operations/kept-plan.ts")]);
  await onStack({ command: "up", forChange: true, run: (stack, run) => upAsPlanned(stack, run, file) }, options);
}

async function action({ plan, ...options }: UpOptions): Promise<void> {
  if (plan !== undefined) return asPlanned(plan, options);
  const ask = mayAsk("up", options);
  const [{ onStack }, operation] = await Promise.all([import("#cli/stack-run.ts"), import("#engine/operations/up.ts")]);
  await onStack(
    {
      command: "up",
      forChange: true,
      async run(stack, run, changes) {
        if (!ask) return operation.up(stack, run);
        const { preview } = await import("#engine/operations/preview.ts");
        const planned = await preview(stack, { ...run, tolerant: true });
        if (!planned.succeeded || !(await changes())) return planned;
        return (await agreed("Make these changes?")) ? operation.up(stack, { ...run, skipPreview: true }) : undefined;
      },
    },
    options,
  );
}

/** `steading up`. */
export const up = (): Command =>
  withRefresh(
    withYes(
      withPolicyOptions(
        withStackOptions(
          new Command("up")
            .summary("make the machines match the stack")
            .description("Previews, then makes every host match what the stack declares. What somebody changed by hand is put right. A second run has nothing to do."),
        ),
      ),
    ),
  )
    .option("--batch <sizes>", "hosts in batches, in order of declaration: 1,10%,rest; the next begins when the one before has ended well")
    .option("--plan <file>", "do what `preview --save-plan` wrote, or nothing: refuses when program, host or state changed since; does not ask")
    .addHelpText(
      "after",
      `
Examples:
  steading up --stack workstation                      shows what will change, and asks
  steading up --stack workstation --yes                does not ask; what a script needs
  steading up desk.yaml                                a machine that is one YAML file, no program
  steading up --stack workstation --config host=ssh://root@192.0.2.7 --yes
  steading up --stack fleet --yes --batch 1,10%,rest --time-budget 30m
  steading up --stack workstation --target desk-base   only this layer
  steading up --stack workstation --plan plan.json     exactly what was looked at`,
    )
    .action(reporting(onFile(action)));
