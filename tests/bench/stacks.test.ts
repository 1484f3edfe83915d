import { stackRatios, stackTable } from "../../bench/stacks.ts";
import type { StackReport, StackRun } from "../../bench/stacks.ts";

const run = (seconds: number, stateBytes = 0): StackRun => ({ seconds, processorSeconds: seconds, peakMemory: 2e8, stateWrites: 3, stateBytes });
const report = (resources: number, first: StackRun, noop: StackRun): StackReport => ({ name: `stack-${String(resources)}`, resources, first, noop, runs: 1 });

test("a stack whose cost is linear has the ratio 1, one that is quadratic that of its size", () => {
  const reports = [report(1, run(1, 100), run(1)), report(201, run(1.2, 20_100), run(1.1)), report(2001, run(3, 2_000_100), run(3))];
  expect(stackRatios(reports)).toEqual([{ name: "stack-2001", first: { seconds: 1, processorSeconds: 1, stateBytes: 10 }, noop: { seconds: 2, processorSeconds: 2 } }]);
});

test("without a base and a small stack there is nothing to compare with", () => {
  expect(stackRatios([report(1, run(1), run(1))])).toEqual([]);
});

test("the table has a line for each run", () => {
  expect(stackTable([report(200, run(1.5, 2e6), run(1))]).split("\n").map((line) => line.split(/\s{2,}/))).toEqual([
    ["stack", "run", "seconds", "processor", "memory", "writes", "written"],
    ["stack-200", "first", "1.50", "1.50", "200 MB", "3", "2.0 MB"],
    ["stack-200", "noop", "1.00", "1.00", "200 MB", "3", "0.0 MB"],
  ]);
});
