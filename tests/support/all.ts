import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPackages } from "./packages.ts";
import { allowedSkips, unexpected } from "./reporter.ts";
import type { Result } from "./reporter.ts";

/** Everything that must hold of this repository, each as the npm script of that name; the tests come last. */
const checks = ["typecheck", "lint", "gen:check"] as const;

const root = join(import.meta.dirname, "../..");

/** Runs an npm script with its output shown; true when it succeeded. */
function npmRun(script: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): boolean {
  const { status } = spawnSync("npm", ["run", "--silent", script, "--", ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  return status === 0;
}

/** A check in a line: name, outcome, seconds. */
function check(script: string): boolean {
  const start = Date.now();
  const good = npmRun(script);
  console.log(`${good ? "ok  " : "FAIL"} npm run ${script}  ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return good;
}

/** The tests; a run that ends without a result counts as one failure. */
function tests(args: readonly string[]): Result {
  const directory = mkdtempSync(join(tmpdir(), "steading-tests-"));
  const file = join(directory, "result.json");
  try {
    const good = npmRun("jest", args, { STEADING_TEST_RESULT: file });
    if (!existsSync(file)) return { passed: 0, failed: 1, skipped: {} };
    const result = JSON.parse(readFileSync(file, "utf8")) as Result;
    return good || result.failed > 0 ? result : { ...result, failed: 1 };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

installPackages();
const outcomes = checks.map(check);
const { passed, failed, skipped } = tests(process.argv.slice(2));
const grown = unexpected(skipped, allowedSkips(join(root, "tests/skips.json")));
for (const line of grown) console.log(line);

// A laptop may have to skip more than the machine that CI runs on; only there is it a failure.
const failures = failed + outcomes.filter((good) => !good).length + (process.env["CI"] === undefined ? 0 : grown.length);
const successes = passed + outcomes.filter((good) => good).length;
const skips = Object.values(skipped).reduce((sum, count) => sum + count, 0);
console.log(`${successes} passed, ${failures} failed, ${skips} skipped`);
process.exitCode = failures === 0 ? 0 : 1;
