/** Whether the machine has none of the things yet, or all of them. */
export type CaseState = "fresh" | "noop";

/** What is measured of a tool. `steading` opens a new connection each time, `steadingWarm` finds one open. */
export const COLUMNS = ["steading", "steadingWarm", "ansible", "mitogen", "pyinfra", "floor", "read", "probe"] as const;

/** One column of the table. */
export type Column = (typeof COLUMNS)[number];

/** The programs that are compared. */
export const TOOLS = ["steading", "ansible", "mitogen", "pyinfra"] as const;

/** One program that is compared. */
export type ToolName = (typeof TOOLS)[number];

/** One row of the table. */
export interface Case {
  readonly name: string;
  readonly state: CaseState;
  /** How many files there are among the things. */
  readonly files: number;
  /** Who takes part. */
  readonly tools: readonly ToolName[];
}

/** Every case, by name; the others are in no run unless asked for. */
export const CASES: readonly Case[] = [
  { name: "noop-103", state: "noop", files: 98, tools: TOOLS },
  { name: "noop-1000", state: "noop", files: 1000, tools: TOOLS },
  { name: "fresh-103", state: "fresh", files: 98, tools: TOOLS },
  { name: "fresh-1000", state: "fresh", files: 1000, tools: TOOLS },
  // Whether cost and memory grow linearly.
  { name: "noop-10000", state: "noop", files: 10_000, tools: ["steading"] },
];

/** What a run without `--cases` measures. */
export const USUAL_CASES = ["noop-103", "noop-1000", "fresh-103", "fresh-1000"] as const;

/** A stack of so many resources that need no machine: what is measured is Steading's own engine. */
export interface StackCase {
  readonly name: string;
  readonly resources: number;
}

/** Every stack, from the smallest; the first shows what a run costs in any case. */
export const STACK_CASES: readonly StackCase[] = [1, 200, 1000, 2000].map((resources) => ({ name: `stack-${String(resources)}`, resources }));

/** The stacks among these names, from the smallest. */
export const stacksNamed = (names: readonly string[]): readonly StackCase[] => STACK_CASES.filter(({ name }) => names.includes(name));

/** The cases of these names, stacks left out. Throws for an unknown one. */
export function casesNamed(names: readonly string[]): readonly Case[] {
  return names.flatMap((name) => {
    if (STACK_CASES.some((one) => one.name === name)) return [];
    const found = CASES.find((one) => one.name === name);
    if (found) return [found];
    throw new Error(`there is no case ${name}: ${[...CASES, ...STACK_CASES].map((one) => one.name).join(", ")}`);
  });
}

/** The tools of these names. Throws for an unknown one. */
export function toolsNamed(names: readonly string[]): readonly ToolName[] {
  return names.map((name) => {
    const found = TOOLS.find((one) => one === name);
    if (found) return found;
    throw new Error(`there is no tool ${name}: ${TOOLS.join(", ")}`);
  });
}
