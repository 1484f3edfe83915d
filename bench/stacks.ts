import { execa } from "execa";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { StackCase } from "./cases.ts";
import { programOnPath } from "#host/programs.ts";
import { runTree } from "./process-tree.ts";
import type { TreeRun } from "./process-tree.ts";
import { median, repeat } from "./statistics.ts";
import type { Repeat } from "./statistics.ts";
import type { StackCost } from "./stack-cost.ts";
import { secondsOf } from "./target.ts";

const command = join(import.meta.dirname, "../src/cli/steading");
const program = join(import.meta.dirname, "commands.ts");
const reporter = join(import.meta.dirname, "stack-cost.ts");

/** What `steading up --yes` took: medians of its runs. */
export interface StackRun extends StackCost {
  /** From the start of the process to its end. */
  readonly seconds: number;
}

/** A stack of so many resources as measured. */
export interface StackReport {
  readonly name: string;
  readonly resources: number;
  /** None of them is there. */
  readonly first: StackRun;
  /** All are there. */
  readonly noop: StackRun;
  /** How many runs each is of. */
  readonly runs: number;
  /** The same stack with nothing to do, in turns, by `steading up` and by `pulumi up`; only where `pulumi` and the plugin of `@pulumi/command` are on the PATH. */
  readonly versus?: { readonly steading: TreeRun; readonly pulumi: TreeRun; readonly ratios: TreeRun };
}

/** What stacks are measured with. */
export interface StackOptions {
  readonly workspace: string;
  readonly repeat: Repeat;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

async function writeProject(directory: string, resources: number): Promise<void> {
  await mkdir(join(directory, "state"), { recursive: true });
  // An engine follows the link, so that the program finds its packages.
  await symlink(program, join(directory, "commands.ts"));
  // The CLI looks for the SDK there.
  await symlink(join(import.meta.dirname, "../node_modules"), join(directory, "node_modules"));
  await writeFile(join(directory, "Pulumi.yaml"), stringify({ name: "steading-bench", runtime: { name: "nodejs", options: { typescript: false } }, main: "commands.ts", backend: { url: `file://${directory}/state` } }));
  await writeFile(join(directory, "Pulumi.bench.yaml"), stringify({ config: { "steading-bench:resources": resources } }));
}

async function up(directory: string, signal: AbortSignal): Promise<StackRun> {
  const to = join(directory, "cost");
  const env = { PULUMI_CONFIG_PASSPHRASE: "bench", NODE_OPTIONS: `--import=${reporter}`, STEADING_BENCH_COST: to };
  const seconds = await secondsOf(() => execa(command, ["up", "--yes", "--stack", "bench"], { cwd: directory, stdin: "ignore", env, cancelSignal: signal }));
  return { seconds, ...(JSON.parse(await readFile(to, "utf8")) as StackCost) };
}

const hasPulumi = ["pulumi", "pulumi-resource-command"].every((name) => programOnPath(name) !== undefined);

/** One no-op of each engine on one state, with all its processes. */
async function inTurns(directory: string, signal: AbortSignal): Promise<readonly [steading: TreeRun, pulumi: TreeRun]> {
  const env = { PULUMI_CONFIG_PASSPHRASE: "bench", PULUMI_HOME: join(directory, "home"), PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" };
  const run = (file: string, ...more: readonly string[]): Promise<TreeRun> => runTree([file, "up", "--yes", "--stack", "bench", ...more], directory, env, signal);
  return [await run(command), await run("pulumi", "--non-interactive", "--expect-no-changes")];
}

const middleTree = (runs: readonly TreeRun[]): TreeRun => ({ seconds: Number((median(runs.map(({ seconds }) => seconds)) ?? 0).toFixed(3)), peakMemory: median(runs.map(({ peakMemory }) => peakMemory)) ?? 0 });

/** How many times what the first took the second took. */
function versusOf(pairs: readonly (readonly [TreeRun, TreeRun])[]): Pick<StackReport, "versus"> {
  if (pairs.length === 0) return {};
  const [steading, pulumi] = [middleTree(pairs.map(([ours]) => ours)), middleTree(pairs.map(([, theirs]) => theirs))];
  const ratio = (of: (run: TreeRun) => number): number => Number((of(pulumi) / of(steading)).toFixed(2));
  return { versus: { steading, pulumi, ratios: { seconds: ratio(({ seconds }) => seconds), peakMemory: ratio(({ peakMemory }) => peakMemory) } } };
}

/** Medians, field by field. */
function middle(runs: readonly StackRun[]): StackRun {
  const of = (key: keyof StackRun): number => Number((median(runs.map((run) => run[key])) ?? 0).toFixed(4));
  return { seconds: of("seconds"), processorSeconds: of("processorSeconds"), peakMemory: of("peakMemory"), stateWrites: of("stateWrites"), stateBytes: of("stateBytes") };
}

/** A new stack each time: brought up, and then once more with nothing to do. */
export async function measureStack({ workspace, repeat: times, progress, signal }: StackOptions, { name, resources }: StackCase): Promise<StackReport> {
  const firsts: StackRun[] = [];
  const noops: StackRun[] = [];
  const pairs: (readonly [TreeRun, TreeRun])[] = [];
  await repeat(times, async () => {
    const directory = join(workspace, `${name}-${String(firsts.length)}`);
    await writeProject(directory, resources);
    const [first, noop] = [await up(directory, signal), await up(directory, signal)];
    firsts.push(first);
    noops.push(noop);
    if (hasPulumi) pairs.push(await inTurns(directory, signal));
    return first.seconds + noop.seconds;
  });
  const report = { name, resources, first: middle(firsts), noop: middle(noops), runs: firsts.length, ...versusOf(pairs) };
  progress(JSON.stringify(report));
  return report;
}

/** How many times more one further resource costs in a stack than in the smallest but one; the smallest is what a run costs with next to none. */
export interface StackRatios {
  readonly name: string;
  readonly first: { readonly seconds: number; readonly processorSeconds: number; readonly stateBytes: number };
  readonly noop: { readonly seconds: number; readonly processorSeconds: number };
}

/**
 * The cost per resource of each stack, as a multiple of that of the first but one.
 *
 * @param reports - from the smallest to the largest; that of one resource is what a run costs in any case
 */
export function stackRatios(reports: readonly StackReport[]): readonly StackRatios[] {
  const [base, small, ...others] = reports;
  if (base === undefined || small === undefined) return [];
  const each = (report: StackReport, of: (report: StackReport) => number): number => (of(report) - of(base)) / (report.resources - base.resources);
  const ratio = (report: StackReport, of: (report: StackReport) => number): number => Number((each(report, of) / each(small, of)).toFixed(2));
  return others.map((report) => ({
    name: report.name,
    first: { seconds: ratio(report, ({ first }) => first.seconds), processorSeconds: ratio(report, ({ first }) => first.processorSeconds), stateBytes: ratio(report, ({ first }) => first.stateBytes) },
    noop: { seconds: ratio(report, ({ noop }) => noop.seconds), processorSeconds: ratio(report, ({ noop }) => noop.processorSeconds) },
  }));
}

/** The stacks as lines of a table. */
export function stackTable(reports: readonly StackReport[]): string {
  const cells = ({ seconds, processorSeconds, peakMemory, stateWrites, stateBytes }: StackRun): readonly string[] => [seconds.toFixed(2), processorSeconds.toFixed(2), `${(peakMemory / 1e6).toFixed(0)} MB`, String(stateWrites), `${(stateBytes / 1e6).toFixed(1)} MB`];
  const rows = [["stack", "run", "seconds", "processor", "memory", "writes", "written"], ...reports.flatMap(({ name, first, noop }) => [[name, "first", ...cells(first)], [name, "noop", ...cells(noop)]])];
  return rows.map((row) => row.map((cell, index) => (index < 2 ? cell.padEnd(11) : cell.padStart(10))).join(" ")).join("\n");
}
