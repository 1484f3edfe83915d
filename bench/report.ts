import { COLUMNS } from "./cases.ts";
import type { Column } from "./cases.ts";
import { median } from "./statistics.ts";

/** What was measured of one column of one case: seconds of each run; or why there are none. */
export type Measured = { readonly seconds: readonly number[] } | { readonly reason: string };

/** One case as measured. */
export interface Row {
  readonly name: string;
  readonly columns: ReadonlyMap<Column, Measured>;
  /** Bytes that the whole process `steading` had in memory at most. */
  readonly peakMemory?: number;
}

/** One case as the JSON document has it: medians in seconds, null where there is none. */
export type CaseReport = Record<Column, number | null> & {
  readonly name: string;
  /** How many runs each median is of. */
  readonly runs: Partial<Record<Column, number>>;
  /** Why a column is null. */
  readonly reasons: Partial<Record<Column, string>>;
  /** How many times longer than `steading` each of the others took; and the probe than the read. */
  readonly ratios: { readonly ansible: number | null; readonly mitogen: number | null; readonly pyinfra: number | null; readonly probeToRead: number | null };
  readonly peakMemory?: number;
};

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

const ratio = (value: number | null, to: number | null): number | null => (value === null || to === null || to === 0 ? null : rounded(value / to, 2));

/** Medians, counts, reasons and ratios of one case. */
export function reportOf({ name, columns, peakMemory }: Row): CaseReport {
  const of = (column: Column): number | null => {
    const measured = columns.get(column);
    const middle = measured && "seconds" in measured ? median(measured.seconds) : undefined;
    return middle === undefined ? null : rounded(middle, 4);
  };
  const runs: Partial<Record<Column, number>> = {};
  const reasons: Partial<Record<Column, string>> = {};
  for (const column of COLUMNS) {
    const measured = columns.get(column) ?? { reason: "not asked for" };
    if ("seconds" in measured) runs[column] = measured.seconds.length;
    else reasons[column] = measured.reason;
  }
  const [steading, ansible, mitogen, pyinfra, read, probe] = [of("steading"), of("ansible"), of("mitogen"), of("pyinfra"), of("read"), of("probe")];
  return {
    name,
    steading,
    steadingWarm: of("steadingWarm"),
    ansible,
    mitogen,
    pyinfra,
    floor: of("floor"),
    read,
    probe,
    runs,
    reasons,
    ratios: { ansible: ratio(ansible, steading), mitogen: ratio(mitogen, steading), pyinfra: ratio(pyinfra, steading), probeToRead: ratio(probe, read) },
    ...(peakMemory === undefined ? {} : { peakMemory }),
  };
}

const secondsText = (value: number | null): string => (value === null ? "-" : value >= 10 ? value.toFixed(1) : value.toFixed(3));

/** The cases as lines of a table; beside another tool's seconds, how many times those of `steading` they are. */
export function table(reports: readonly CaseReport[]): string {
  const times = (value: number | null): string => (value === null ? "" : ` (${value.toFixed(1)}x)`);
  const rows = [
    ["seconds", ...COLUMNS, "memory"],
    ...reports.map((report) => [
      report.name,
      ...COLUMNS.map((column) => {
        const beside = column === "ansible" || column === "mitogen" || column === "pyinfra" ? times(report.ratios[column]) : "";
        return `${secondsText(report[column])}${beside}`;
      }),
      report.peakMemory === undefined ? "-" : `${(report.peakMemory / 1e6).toFixed(0)} MB`,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows.map((row) => row.map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join("  ")).join("\n");
}
