import { COLUMNS } from "../../bench/cases.ts";
import { reportOf, table } from "../../bench/report.ts";
import type { Measured } from "../../bench/report.ts";

const seconds = (...values: readonly number[]): Measured => ({ seconds: values });

const row = {
  name: "noop-103",
  columns: new Map([
    ["steading", seconds(0.5, 0.7, 0.6)],
    ["steadingWarm", seconds(0.4)],
    ["ansible", seconds(60)],
    ["mitogen", { reason: "it is not installed" }],
    ["floor", seconds(0.2)],
    ["read", seconds(0.02)],
    ["probe", seconds(0.03)],
  ] as const),
};

test("a case as JSON has each column's median, what it is of, why one is missing, and ratios to our cold run", () => {
  expect(reportOf(row)).toEqual({
    name: "noop-103",
    steading: 0.6,
    steadingWarm: 0.4,
    ansible: 60,
    mitogen: null,
    pyinfra: null,
    floor: 0.2,
    read: 0.02,
    probe: 0.03,
    runs: { steading: 3, steadingWarm: 1, ansible: 1, floor: 1, read: 1, probe: 1 },
    reasons: { mitogen: "it is not installed", pyinfra: "not asked for" },
    ratios: { ansible: 100, mitogen: null, pyinfra: null, probeToRead: 1.5 },
  });
});

test("peak memory is in the report of the case where it was measured", () => {
  expect(reportOf({ ...row, peakMemory: 123e6 }).peakMemory).toBe(123e6);
});

test("the table has a line for each case, columns that line up, and ratios beside other tools", () => {
  const lines = table([reportOf(row), reportOf({ ...row, name: "noop-10000", peakMemory: 123e6 })]).split("\n");
  expect(lines).toHaveLength(3);
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  expect(lines[0]?.split(/ +/)).toEqual(["seconds", ...COLUMNS, "memory"]);
  expect(lines[1]).toContain("60.0 (100.0x)");
  expect(lines[2]).toMatch(/ 123 MB$/);
});
