import { isObject } from "#model/value.ts";
import { describeUnless } from "../../support/skip.ts";
import { treeObstacle } from "../../support/tree.ts";
import { crashBench } from "./bench.ts";
import type { CrashBench, Ended, Injected } from "./bench.ts";
import { held, soak, tried } from "../../support/soak.ts";

/** On each of two trees. */
const LAYERS = soak ? 5 : 2;
/** Of each sort. */
const POINTS = soak ? 60 : 2;
const LONG = 7_200_000;

/** What is not a plain word to the user about a file: mistakes of ours, faults of a host. */
function surprises({ exitCode, stdout, stderr }: Ended): readonly string[] {
  if (exitCode === 0) return [];
  const output: unknown = stdout === "" ? {} : JSON.parse(stdout);
  const { issues = [], errors = [] } = isObject(output) ? output : {};
  const said = Array.isArray(issues) && issues.length > 0 && issues.every((issue) => isObject(issue) && issue["code"] === "file.unwritable" && issue["fix"] !== "");
  // What needed the resource that failed is named besides.
  const named = Array.isArray(errors) && errors.every((error) => isObject(error) && typeof error["message"] === "string" && error["message"].startsWith("left as they are"));
  return exitCode === 1 && said && named ? [] : [`exit ${String(exitCode)}: ${stdout} ${stderr}`];
}

/** A few, evenly spread. */
const spread = <T>(all: readonly T[], count = POINTS): readonly T[] => (all.length <= count ? all : Array.from({ length: count }, (_, index) => all.slice(Math.floor(((index + 0.5) * all.length) / count))).flatMap(([first]) => (first === undefined ? [] : [first])));

describeUnless(treeObstacle === undefined, treeObstacle ?? "")("the state of a stack", () => {
  let bench: CrashBench;
  /** Number and name of each operation of a run on its files. */
  let operations: readonly (readonly [number, string])[];
  beforeAll(async () => {
    bench = await crashBench(LAYERS);
    operations = (await bench.operations()).map((line, index) => [index + 1, line]);
  }, 300_000);
  afterAll(() => {
    bench.remove();
  });

  /** What a run that fails, and the one that follows it, leave that is not right. */
  async function story(name: string, first: () => Promise<readonly string[]>, then: "up" | "destroy" = "up"): Promise<readonly string[]> {
    await bench.fresh();
    const found = [...(await first()), ...(await bench.damage())];
    const { exitCode, stdout, stderr } = await bench.run(then);
    const left = exitCode === 0 ? await (then === "up" ? bench.unfinished() : bench.remains()) : [`${then} ends with ${String(exitCode)}: ${stdout} ${stderr}`];
    return [...found, ...left].map((what) => `${name}: ${what}`);
  }

  async function sweep(fault: Injected["fault"], at: readonly (readonly [number, string])[], then?: "destroy"): Promise<void> {
    const wrong: string[] = [];
    let missed = 0;
    const first = async (index: number): Promise<readonly string[]> => {
      const ended = await bench.run("up", { fault, at: index });
      if (fault === "ENOSPC" || fault === "EROFS") return surprises(ended);
      // Writes that are due together become one: on another day a run has a few less.
      if (ended.exitCode === 0) missed += 1;
      return ended.exitCode === undefined || ended.exitCode === 0 ? [] : [`exit ${String(ended.exitCode)}`];
    };
    for (const [index, what] of at) wrong.push(...(await story(`${fault} at ${String(index)} (${what})`, () => first(index), then)));
    expect(wrong).toEqual([]);
    const killed = fault === "kill" || fault === "half";
    if (killed) expect(missed).toBeLessThan(1 + at.length / 8);
    tried("a state that is written", at.length - missed);
    held("a state that is written", at.length - missed);
  }

  test("is whole after kill -9 before any write, and the next run finishes", () => sweep("kill", spread(operations)), LONG);

  test("is whole after kill -9 in the middle of a write, and the next run finishes", () => sweep("half", spread(operations.filter(([, what]) => /writeFile (?!.*locks)/.test(what)))), LONG);

  test("is whole after kill -9 at any time, and the next run finishes", async () => {
    for (let round = 0; round < POINTS; round++) {
      const ms = Math.random() * (soak ? 6000 : 2000);
      tried("a state that is written");
      expect(await story(`killed after ${ms.toFixed(0)} ms`, async () => bench.upKilledAfter(ms).then(() => []))).toEqual([]);
      held("a state that is written");
    }
  }, LONG);

  test("knows after kill -9 what the run was making: destroy takes away all of it", () => sweep("kill", spread(operations.filter(([, what]) => /stacks/.test(what))), "destroy"), LONG);

  test.each(["ENOSPC", "EROFS"] as const)("is whole after %s at any write; the run says what to do, and the next one finishes", (fault) => sweep(fault, spread(operations)), LONG);
});
