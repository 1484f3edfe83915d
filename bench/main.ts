import { Command } from "commander";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { casesNamed, stacksNamed, TOOLS, toolsNamed, USUAL_CASES } from "./cases.ts";
import type { ToolName } from "./cases.ts";
import { reportOf, table } from "./report.ts";
import type { Row } from "./report.ts";
import { measureFiles } from "./run.ts";
import type { BenchOptions } from "./run.ts";
import { measureStack, stackRatios, stackTable } from "./stacks.ts";
import type { StackReport } from "./stacks.ts";
import { makeTarget } from "./target.ts";
import { thingsWith } from "./things.ts";
import { ansible } from "./tools/ansible.ts";
import { pyinfra } from "./tools/pyinfra.ts";
import { pythonEnvironment } from "./tools/python.ts";
import { steading } from "./tools/steading.ts";
import { endConnections } from "./tools/tool.ts";
import type { Tool } from "./tools/tool.ts";

const words = (text: string): readonly string[] => text.split(",").filter((word) => word !== "");

/** A whole number from 1. */
function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`${text} is no whole number from 1`);
}

interface Arguments {
  readonly cases: readonly string[];
  readonly tools: readonly string[];
  readonly runs: number;
  readonly budget: number;
}

const command = new Command("bench")
  .description("Times Steading, ansible-core with pipelining, Ansible with mitogen, and pyinfra with the same things on the same machine.")
  .option("--cases <names>", "noop-103, noop-1000, fresh-103, fresh-1000, noop-10000, stack-1, stack-200, stack-1000, stack-2000; separated by commas", words, USUAL_CASES)
  .option("--tools <names>", "steading, ansible, mitogen, pyinfra; separated by commas", words, TOOLS)
  .option("--runs <n>", "how often each is measured; what is quick, seven times at least", count, 3)
  .option("--budget <seconds>", "no further run of a tool in a case begins once those before took this long", count, 150);

const progress = (line: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`);

/** The tools that were asked for; for those that cannot run, why. */
async function findTools(names: readonly ToolName[]): Promise<ReadonlyMap<ToolName, Tool | string>> {
  const bin = names.some((name) => name !== "steading") ? pythonEnvironment(progress) : undefined;
  const find = async (name: ToolName): Promise<Tool> => {
    if (name === "steading" || bin === undefined) return steading;
    return name === "pyinfra" ? pyinfra(await bin) : ansible(await bin, name === "ansible" ? "pipelining" : "mitogen");
  };
  const found = names.map(async (name) => [name, await find(name).catch((error: unknown) => String(error))] as const);
  return new Map(await Promise.all(found));
}

/** The cases on a machine. */
async function measureCases({ cases: names, tools: toolNames, runs, budget }: Arguments, workspace: string, signal: AbortSignal): Promise<object> {
  const cases = casesNamed(names);
  if (cases.length === 0) return { cases };
  const tools = await findTools(toolsNamed(toolNames));
  const target = await makeTarget(workspace, thingsWith(0), progress, signal);
  const options: BenchOptions = { target, tools, repeat: { times: runs, budget }, progress };
  const rows: Row[] = [];
  try {
    for (const files of new Set(cases.map((one) => one.files))) rows.push(...(await measureFiles(options, files, cases.filter((one) => one.files === files))));
  } finally {
    for (const sockets of [".", "a", "r/steading"]) await endConnections(join(workspace, sockets));
    await target.destroy();
  }
  const reports = cases.flatMap(({ name }) => rows.filter((row) => row.name === name)).map(reportOf);
  const versions = Object.fromEntries([...tools].map(([name, tool]) => [name, typeof tool === "string" ? null : tool.version]));
  console.error(`\n${table(reports)}\n`);
  return { versions, cases: reports };
}

/** The stacks, which need no machine. */
async function measureStacks({ cases, runs, budget }: Arguments, workspace: string, signal: AbortSignal): Promise<object> {
  const stacks: StackReport[] = [];
  for (const one of stacksNamed(cases)) stacks.push(await measureStack({ workspace, repeat: { times: runs, budget }, progress, signal }, one));
  if (stacks.length === 0) return {};
  console.error(`\n${stackTable(stacks)}\n`);
  return { stacks, stackRatios: stackRatios(stacks) };
}

async function measure(asked: Arguments, workspace: string, signal: AbortSignal): Promise<void> {
  const machine = { cpus: cpus().length, model: cpus()[0]?.model ?? "", node: process.version };
  const found = { ...(await measureCases(asked, workspace, signal)), ...(await measureStacks(asked, workspace, signal)) };
  console.log(JSON.stringify({ version: 1, machine, ...found }));
}

const stop = new AbortController();
const workspace = await mkdtemp(join(tmpdir(), "sb-"));
// The sockets of our own connections go with the workspace.
process.env["XDG_RUNTIME_DIR"] = join(workspace, "r");
// `on`, not `once`: execa's clean-up ends a process that has no other listener left.
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => stop.abort(new Error(`stopped by ${name}`)));
try {
  await measure(command.parse().opts<Arguments>(), workspace, stop.signal);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await rm(workspace, { recursive: true, force: true });
}
