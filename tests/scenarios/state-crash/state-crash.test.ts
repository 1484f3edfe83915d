import { describeUnless } from "../../support/skip.ts";
import { treeObstacle } from "../../support/tree.ts";
import { crashBench } from "./bench.ts";
import type { CrashBench, Ended, Injected } from "./bench.ts";

const soak = process.env["STEADING_SOAK"] !== undefined;
/** On each of two trees. */
const LAYERS = soak ? 5 : 2;
/** How many points of each sort. */
const POINTS = soak ? 100 : 3;

/** What of a run's end is no plain word to the user about a file: mistakes of ours, faults of a host. */
function surprises({ exitCode, stdout, stderr }: Ended): readonly string[] {
  if (exitCode === 0) return [];
  const output: { readonly issues?: readonly { readonly code: string; readonly fix: string }[]; readonly errors?: readonly { readonly message: string }[] } = stdout === "" ? {} : JSON.parse(stdout);
  const { issues = [], errors = [] } = output;
  return exitCode === 1 && issues.length > 0 && errors.length === 0 && issues.every(({ code, fix }) => code === "file.unwritable" && fix !== "") ? [] : [`exit ${String(exitCode)}: ${stdout} ${stderr}`];
}

/** Evenly spread over what there is. */
const spread = <T>(all: readonly T[], count: number): readonly T[] => (all.length <= count ? all : Array.from({ length: count }, (_, index) => all[Math.floor(((index + 0.5) * all.length) / count)] as T));

describeUnless(treeObstacle === undefined, treeObstacle ?? "")("the state of a stack", () => {
  let bench: CrashBench;
  /** Number and name of each operation on the state's files. */
  let operations: readonly (readonly [number, string])[];
  beforeAll(async () => {
    bench = await crashBench(LAYERS);
    operations = (await bench.operations()).map((line, index) => [index + 1, line]);
  }, 120_000);
  afterAll(() => {
    bench.remove();
  });

  /** What one run that fails, and the run that follows it, leave that is not right. */
  async function story(name: string, first: () => Promise<readonly string[]>): Promise<readonly string[]> {
    await bench.fresh();
    const found = [...(await first()), ...(await bench.damage())];
    const { exitCode, stdout, stderr } = await bench.up();
    const after = exitCode === 0 ? await bench.unfinished() : [`the next run ends with ${String(exitCode)}: ${stdout} ${stderr}`];
    return [...found, ...after].map((what) => `${name}: ${what}`);
  }
  const injected = (of: Injected, what: string): Promise<readonly string[]> =>
    story(`${of.fault} at ${String(of.at)} (${what})`, async () => {
      const ended = await bench.up(of);
      return of.fault === "kill" || of.fault === "half" ? [] : surprises(ended);
    });

  async function sweep(fault: Injected["fault"], at: readonly (readonly [number, string])[]): Promise<void> {
    const wrong: string[] = [];
    for (const [index, what] of at) wrong.push(...(await injected({ fault, at: index }, what)));
    expect(wrong).toEqual([]);
    console.log(fault, at.length, wrong.length);
  }

  test("is whole, and the next run finishes, after kill -9 before any write", () => sweep("kill", spread(operations, POINTS)), 3_600_000);

  test("is whole, and the next run finishes, after kill -9 in the middle of a write", () => sweep("half", spread(operations.filter(([, what]) => what.includes("writeFile")), POINTS)), 3_600_000);

  test.each(["ENOSPC", "EROFS"] as const)("is whole, the run says what to do, and the next run finishes, after %s at any write", (fault) => sweep(fault, spread(operations, POINTS)), 3_600_000);
});
