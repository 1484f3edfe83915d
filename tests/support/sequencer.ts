import type { Test } from "@jest/reporters";

/** Long tests first, so that two workers end at about the same time: those that make machines, those on real machines, then by size of the file. */
export default class LongestFirst {
  sort(tests: readonly Test[]): readonly Test[] {
    const weight = ({ path, context }: Test): number => (path.includes("/tests/clouds/lab-") ? 2e9 : path.includes("/tests/scenarios/") ? 1e9 : 0) + (context.hasteFS.getSize(path) ?? 0);
    return [...tests].sort((a, b) => weight(b) - weight(a));
  }

  shard(tests: readonly Test[]): readonly Test[] {
    return tests;
  }

  allFailedTests(tests: readonly Test[]): readonly Test[] {
    return tests;
  }

  /** Nothing is kept from run to run: the order must be the same on a bare clone. */
  cacheResults(): void {
    return;
  }
}
