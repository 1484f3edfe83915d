import { join } from "node:path";
import { openHost } from "#host/session.ts";
import { kindNamed } from "#host/kinds.ts";
import type { Case, Column, ToolName } from "./cases.ts";
import type { Measured, Row } from "./report.ts";
import { repeat } from "./statistics.ts";
import type { Repeat } from "./statistics.ts";
import { floorSeconds, readSeconds, reset, secondsOf, stamp, wrong } from "./target.ts";
import type { Target } from "./target.ts";
import type { Things } from "./things.ts";
import { thingsWith } from "./things.ts";
import { peakMemory } from "./tools/steading.ts";
import type { Task, Tool } from "./tools/tool.ts";

/** One run of the bench. */
export interface BenchOptions {
  readonly target: Target;
  /** Tools that can run here; for the others, why not. */
  readonly tools: ReadonlyMap<ToolName, Tool | string>;
  readonly repeat: Repeat;
  readonly progress: (line: string) => void;
}

/** What is quick is measured this often at least, as its seconds scatter most. */
const QUICK_TIMES = 7;

const quick = ({ times, budget }: Repeat): Repeat => ({ times: Math.max(times, QUICK_TIMES), budget });

let directories = 0;
const newDirectory = ({ workspace }: Target, tool: ToolName): string => join(workspace, `${tool}-${String(directories++)}`);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The cases that have the same files: each tool makes the things, then finds nothing to do. */
export async function measureFiles(options: BenchOptions, files: number, cases: readonly Case[]): Promise<readonly Row[]> {
  const things = thingsWith(files);
  const found = new Map<string, Map<Column, Measured>>(cases.map(({ name }) => [name, new Map()]));
  const set = (of: Case | undefined, column: Column, measured: Measured): void => {
    if (of) found.get(of.name)?.set(column, measured);
  };
  const fresh = cases.find(({ state }) => state === "fresh");
  const noop = cases.find(({ state }) => state === "noop");
  let peak: number | undefined;
  for (const [name, tool] of options.tools) {
    const asked = cases.filter(({ tools }) => tools.includes(name));
    if (asked.length === 0) continue;
    try {
      if (typeof tool === "string") throw new Error(tool);
      peak = (await measureTool(options, { name, tool, things, fresh, noop, set })) ?? peak;
    } catch (error) {
      options.target.signal.throwIfAborted();
      const reason = messageOf(error);
      options.progress(`${name}, ${files} files: ${reason}`);
      for (const one of asked)
        for (const column of columnsOf(name)) if (found.get(one.name)?.has(column) !== true) set(one, column, { reason });
    }
  }
  await measureFloor(options, things, cases, set);
  return cases.map((one) => ({ name: one.name, columns: found.get(one.name) ?? new Map<Column, Measured>(), ...(one === noop && peak !== undefined ? { peakMemory: peak } : {}) }));
}

const columnsOf = (tool: ToolName): readonly Column[] => (tool === "steading" ? ["steading", "steadingWarm"] : [tool]);

interface ToolRun {
  readonly name: ToolName;
  readonly tool: Tool;
  readonly things: Things;
  readonly fresh: Case | undefined;
  readonly noop: Case | undefined;
  readonly set: (of: Case | undefined, column: Column, measured: Measured) => void;
}

/** One tool, first on a machine that has none of the things, then on one that has all. Returns peak memory, of us only. */
async function measureTool(options: BenchOptions, run: ToolRun): Promise<number | undefined> {
  const { target, repeat: times, progress } = options;
  const { name, tool, things, fresh, noop, set } = run;
  const warm = name === "steading";
  const tell = (what: string) => (values: readonly number[]): Measured => {
    progress(`${name}, ${things.files.length} files, ${what}: ${values.map((value) => value.toFixed(2)).join(" ")}`);
    return { seconds: values };
  };
  if (fresh?.tools.includes(name) === true) {
    set(fresh, name, tell("fresh")(await repeat(times, () => freshSeconds(target, run, false))));
    if (warm) set(fresh, "steadingWarm", tell("fresh, warm")(await repeat(times, () => freshSeconds(target, run, true))));
  }
  if (noop?.tools.includes(name) !== true) return undefined;
  const directory = newDirectory(target, name);
  const task = await tool.prepare(target, things, directory);
  // We must own the things before there is nothing to do; the others only need them to be there.
  if (warm || (await wrong(target, things)) !== undefined) await task.up();
  await proveThere(target, things);
  const before = await stamp(target, things);
  set(noop, name, tell("nothing to do")(await repeat(warm ? quick(times) : times, () => cold(task))));
  if (warm) set(noop, "steadingWarm", tell("nothing to do, warm")(await repeat(quick(times), task.up)));
  if ((await stamp(target, things)) !== before) throw new Error("with nothing to do it wrote on the machine");
  const peak = warm ? await peakMemory(directory) : undefined;
  await task.cool();
  return peak;
}

async function cold(task: Task): Promise<number> {
  await task.cool();
  return task.up();
}

/** Seconds of one run on a machine that has none of the things, by a tool that never saw it. */
async function freshSeconds(target: Target, { name, tool, things }: ToolRun, warm: boolean): Promise<number> {
  await reset(target, things);
  const task = await tool.prepare(target, things, newDirectory(target, name));
  if (warm) await openHost(target.connection).probe([]);
  const seconds = warm ? await task.up() : await cold(task);
  await proveThere(target, things);
  await task.cool();
  return seconds;
}

/** Throws when a tool did not do what it was timed for. */
async function proveThere(target: Target, things: Things): Promise<void> {
  const complaint = await wrong(target, things);
  if (complaint !== undefined) throw new Error(`it ended well, but: ${complaint}`);
}

/** What no tool can beat, and our own part of it: a handshake, a read of the files, a probe of them. */
async function measureFloor({ target, repeat: times, progress }: BenchOptions, things: Things, cases: readonly Case[], set: ToolRun["set"]): Promise<void> {
  const floor = { seconds: await repeat(quick(times), () => floorSeconds(target)) };
  const there = (await wrong(target, things)) === undefined;
  const missing = { reason: "the files are not there: no tool could make them" };
  const read = there ? { seconds: await repeat(quick(times), () => readSeconds(target, things)) } : missing;
  const probe = there ? { seconds: await probeSeconds(target, things, quick(times)) } : missing;
  progress(`floor, ${things.files.length} files: ${JSON.stringify({ floor, read, probe })}`);
  for (const one of cases) {
    set(one, "floor", floor);
    set(one, "read", read);
    set(one, "probe", probe);
  }
}

/** Seconds of our probe of the files, over a connection that stands. */
async function probeSeconds({ connection }: Target, { files }: Things, times: Repeat): Promise<readonly number[]> {
  const kind = await kindNamed("file");
  if (!kind) throw new Error("there is no kind file");
  const session = openHost(connection);
  const reads = files.flatMap((want) => Object.values(kind.reads(want)));
  await session.probe([]);
  const seconds = await repeat(times, () => secondsOf(() => session.probe(reads)));
  await session.close();
  return seconds;
}
