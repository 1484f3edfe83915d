import { readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import type { AggregatedResult, Reporter, Test, TestContext, TestResult } from "@jest/reporters";
import { SKIPPED } from "./skip.ts";

/** What a run of the tests comes to; written to the file named by STEADING_TEST_RESULT, read by tests/support/all.ts. */
export interface Result {
  passed: number;
  failed: number;
  /** How many tests were skipped, by reason. */
  skipped: { [reason: string]: number };
}

/** The reason that a skipped test's title gives. */
export const reasonOf = (title: string): string =>
  title.split(SKIPPED)[1]?.split("]")[0] ?? "no reason given";

/** Reasons that are not allowed, or not as often. */
export function unexpected(skipped: Result["skipped"], allowed: Result["skipped"]): readonly string[] {
  return Object.entries(skipped).flatMap(([reason, count]) => {
    const limit = allowed[reason] ?? 0;
    return count > limit ? [`${count} skipped, at most ${limit} allowed by tests/skips.json: ${reason}`] : [];
  });
}

/** Prints a line per file with its seconds, every failure in full, and at the end the skips by reason. */
export default class LineReporter implements Reporter {
  readonly result: Result = { passed: 0, failed: 0, skipped: {} };

  onTestResult(test: Test, { numFailingTests, numPassingTests, testResults, testExecError, failureMessage, perfStats }: TestResult): void {
    const skipped = testResults.filter(({ status }) => status === "pending" || status === "todo" || status === "disabled");
    const broken = testExecError !== undefined && numFailingTests === 0 ? 1 : 0;
    this.result.passed += numPassingTests;
    this.result.failed += numFailingTests + broken;
    for (const { fullName } of skipped) {
      const reason = reasonOf(fullName);
      this.result.skipped[reason] = (this.result.skipped[reason] ?? 0) + 1;
    }
    const seconds = (perfStats.end - perfStats.start) / 1000;
    const counts = [
      `${numPassingTests} passed`,
      ...(numFailingTests + broken > 0 ? [`${numFailingTests + broken} failed`] : []),
      ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
    ];
    console.log(`${numFailingTests + broken > 0 ? "FAIL" : "ok  "} ${relative(process.cwd(), test.path)}  ${counts.join(", ")}  ${seconds.toFixed(1)} s`);
    if (failureMessage) console.log(failureMessage);
  }

  onRunComplete(_contexts: Set<TestContext>, { startTime, wasInterrupted }: AggregatedResult): void {
    if (wasInterrupted) this.result.failed += 1;
    for (const [reason, count] of Object.entries(this.result.skipped)) console.log(`skipped ${count}: ${reason}`);
    console.log(`tests took ${((Date.now() - startTime) / 1000).toFixed(0)} s`);
    const file = process.env["STEADING_TEST_RESULT"];
    if (file !== undefined) writeFileSync(file, JSON.stringify(this.result));
  }
}

/** The skips that are allowed on the machine that CI runs on. */
export const allowedSkips = (file: string): Result["skipped"] => JSON.parse(readFileSync(file, "utf8")) as Result["skipped"];
