import { plainDisplay, quietDisplay } from "#cli/display.ts";
import type { Display, Lines } from "#cli/display.ts";
import { EXIT } from "#cli/exit.ts";
import { jsonText, outputText, shownOutputs } from "#cli/output.ts";
import type { Output } from "#cli/output.ts";
import { configSecrets, guardOutput } from "#cli/output-guard.ts";
import { FEW } from "#cli/fleet-text.ts";
import { paintFor } from "#cli/paint.ts";
import { withPassphrase } from "#cli/passphrase-file.ts";
import { countText, inOneLine, secondsText } from "#cli/plan-text.ts";
import { chooseStack } from "#cli/stack-choice.ts";
import { policyPacks, runLimits, timeBudgetSeconds, unreachableChoice } from "#cli/run-limits.ts";
import { chosenPart } from "#cli/run-targets.ts";
import { configPairs } from "#cli/stack-options.ts";
import type { StackOptions } from "#cli/stack-options.ts";
import { differs, hasChanges, HOST, storyOutput, summarize } from "#cli/story.ts";
import type { Story } from "#cli/story.ts";
import type { WhenUnreachable } from "#model/connection.ts";
import { mask } from "#model/mask.ts";
import type { Json } from "#model/value.ts";
import { openStack } from "#engine/open-stack.ts";
import type { OpenStack } from "#engine/open-stack.ts";
import type { RunOptions, RunResult } from "#engine/operations/run.ts";
import type { LoadProvider } from "#engine/providers.ts";

/** What `onStack` runs. */
export interface StackCommand {
  readonly command: "preview" | "up" | "refresh" | "destroy";
  /** The stack is locked and its state may be written. */
  readonly forChange: boolean;
  /** The file that keeps the plan when the run succeeds. */
  readonly plan?: string;
  /**
   * Undefined when the person who was asked said no.
   *
   * @param changes - whether what was shown so far holds changes; resolves when all of it is on the screen
   */
  readonly run: (stack: OpenStack, options: RunOptions, changes: () => Promise<boolean>) => Promise<RunResult | undefined>;
}

const toProcess: Lines = { out: (line) => console.log(line), err: (line) => console.error(line) };

/** A terminal sees rows that move, a pipe plain lines, a program that reads JSON nothing. */
async function displayFor({ json, full }: StackOptions, { snapshot }: OpenStack): Promise<Display> {
  if (json) return quietDisplay(toProcess);
  const paint = paintFor(process.stdout, process.env);
  const isFleet = full !== true && (snapshot?.resources ?? []).filter(({ type }) => type === HOST).length > FEW;
  const options = { paint, full: full === true, isFleet };
  if (!process.stdout.isTTY || process.env["TERM"] === "dumb") return plainDisplay(toProcess, options);
  const { liveDisplay } = await import("#cli/live.ts");
  return liveDisplay(toProcess, options);
}

// A program that runs puts another one in its place.
const exit = process.exit.bind(process);

/** The end of the time budget, and the first Ctrl-C, end the run at the next place where every host is in a known state, the second at once. */
function untilInterrupt(budget: number | undefined): Disposable & { readonly signal: AbortSignal } {
  const abort = new AbortController();
  // Not AbortSignal.timeout: nothing but the run refers to it, and what is not referred to never fires.
  const timer = budget === undefined ? undefined : setTimeout(() => abort.abort(new DOMException("the time budget is over", "TimeoutError")), budget * 1000).unref();
  let interrupts = 0;
  const handler = (): void => {
    interrupts += 1;
    if (interrupts > 1) exit(130);
    console.error("ending as soon as every host is in a known state; again to stop at once");
    abort.abort();
  };
  process.on("SIGINT", handler);
  return {
    signal: abort.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      process.off("SIGINT", handler);
    },
  };
}

/** The last lines of a run: the stack's outputs, and what it came to. */
function endLines(command: StackCommand["command"], story: Story, result: RunResult): readonly string[] {
  const paint = paintFor(process.stdout, process.env);
  const outputs = Object.entries(shownOutputs(result.outputs, "[not known yet]"));
  const took = paint.faint(secondsText(result.durationSeconds));
  const counts = summarize(story);
  const idle = !hasChanges(story) && counts.change + counts.cannotTell + counts.queued + counts.forgotten === 0;
  const waits = counts.waiting === 0 ? "" : `, ${String(counts.waiting)} waiting`;
  const read = counts.queued + counts.forgotten === 0 ? "the state is as the hosts are" : `the state is as the hosts are, but for ${String(counts.queued + counts.forgotten)} layers that were not read`;
  const summary = command === "refresh" ? read : idle ? `nothing to do, ${String(counts.unchanged)} unchanged${waits}` : countText(counts, command === "preview" ? "to change" : "changed");
  return [
    ...(outputs.length === 0 || command === "destroy" ? [] : ["", "  outputs", ...outputs.map(([key, value]) => `    ${key}  ${inOneLine(outputText(value))}`)]),
    result.succeeded ? `  ${summary}  ${took}` : `  ${paint.wrong("failed")}  ${took}`,
  ];
}

/** The providers that run in this process; the engine knows no other. */
const providerLoader =
  (project: string, stack: string, whenUnreachable: WhenUnreachable | undefined): LoadProvider =>
  async (pkg, report, watch) => {
    switch (pkg) {
      case "steading":
        return (await import("#provider/provider.ts")).makeProvider({ project, stack, report, watch, ...(whenUnreachable === undefined ? {} : { whenUnreachable }) });
      case "command":
        return (await import("#command/provider.ts")).makeCommandProvider(report);
      default:
        return undefined;
    }
  };

/** Shows how a run ended, and sets the exit status. */
function tellEnd({ command, plan }: StackCommand, { place: { project, stack } }: OpenStack, options: StackOptions, display: Display, result: RunResult, secrets: ReadonlySet<string>): void {
  const story = display.story();
  const pending = command === "preview" && differs(story);
  process.exitCode = !result.succeeded ? EXIT.failed : pending ? EXIT.pending : EXIT.done;
  const output: Output = {
    command,
    result: !result.succeeded ? "failed" : pending ? "changes" : "succeeded",
    project,
    stack,
    ...storyOutput(story, options.full === true),
    outputs: shownOutputs(result.outputs),
    ...(plan === undefined || !result.succeeded ? {} : { plan }),
  };
  const kept = output.plan === undefined ? [] : [`  the plan is in ${output.plan}; apply it with: steading up ${options.file ?? `--stack ${stack}`} --plan ${output.plan}`];
  console.log(options.json ? jsonText(output, secrets) : mask([...endLines(command, story, result), ...kept].join("\n"), secrets));
}

/** Opens a stack, runs a command on it, shows how it goes, and sets the exit status. */
export async function onStack(asked: StackCommand, options: StackOptions): Promise<void> {
  const { command, forChange, run } = asked;
  const limits = { ...runLimits(options), ...policyPacks(options), ...chosenPart(options) };
  using end = untilInterrupt(timeBudgetSeconds(options));
  const whenUnreachable = unreachableChoice(options);
  // Pulumi's SDK loads while the key of the state is derived; whoever runs the program hears of an error.
  if (command === "preview" || command === "up") import("#engine/run-program.ts").catch(() => undefined);
  const { directory, stack: name, passphrase } =
    options.file === undefined ? await chooseStack(options.cwd, options.stack) : await (await import("#cli/file-project.ts")).fileProject(options.file, options.cwd, process.env, command);
  const env = await withPassphrase(process.env, passphrase);
  // Sockets first, then the largest imports, all while the key is derived. What is no target is not asked.
  const foresee = (resources: readonly Json[]): void => {
    if (command === "destroy" || limits.targets !== undefined) return;
    const early = import("#cli/prefetch.ts").then(async ({ openHosts }) => {
      openHosts(resources);
      await Promise.all([import("#engine/run-program.ts"), import("#provider/provider.ts")]);
    });
    // Whoever needs it hears of the error then.
    early.catch(() => undefined);
  };
  const stack = await openStack({ foresee, directory, stack: name, forChange, env, set: configPairs(options.config) });
  if (stack.snapshot !== undefined && command !== "destroy" && limits.targets === undefined) (await import("#cli/prefetch.ts")).prefetch(stack.snapshot);
  const display = await displayFor(options, stack);
  const secrets = configSecrets(stack.config);
  const { project } = stack.place;
  const paint = paintFor(process.stdout, process.env);
  if (options.json !== true) console.log(`${paint.strong(name)}  ${paint.faint(project)}`);
  try {
    const loadProvider = providerLoader(project, name, whenUnreachable);
    const changes = async (): Promise<boolean> => {
      await display.end();
      return hasChanges(display.story());
    };
    using guard = guardOutput(secrets, options.json === true);
    const result = await run(stack, { loadProvider, onEvent: display.onEvent, signal: end.signal, ...limits }, changes);
    await display.end();
    guard[Symbol.dispose]();
    if (result === undefined) console.log("  nothing was done");
    else tellEnd(asked, stack, options, display, result, secrets);
  } finally {
    await display.end();
    await stack.close();
  }
}
