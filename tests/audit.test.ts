import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execaSync } from "execa";
import { skipUnless } from "./support/skip.ts";

interface Report {
  readonly metadata?: { readonly vulnerabilities: Readonly<Record<"high" | "critical", number>> };
}

/** What the registry knows of a lock file's packages, by npm-audit(1); no `metadata` where it gives no answer. */
function audit(directory: string): Report {
  const { stdout } = execaSync("npm", ["audit", "--json", "--package-lock-only", "--fetch-retries=0", "--fetch-timeout=10000"], { cwd: directory, reject: false });
  try {
    return JSON.parse(stdout) as Report;
  } catch {
    return {};
  }
}

/** Our lock file without what cdktf has inside it: cdktf is frozen, is here for one test, and the user hands in the one that runs. */
function withoutCdktf(): string {
  const directory = mkdtempSync(join(tmpdir(), "steading-audit-"));
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, "../package-lock.json"), "utf8")) as { packages: { [path: string]: { devDependencies?: { [name: string]: string }; peerDependencies?: { [name: string]: string } } } };
  for (const path of Object.keys(lock.packages)) if (/^node_modules\/cdktf(\/|$)/.test(path)) Reflect.deleteProperty(lock.packages, path);
  const root = lock.packages[""] ?? {};
  for (const wanted of [root.devDependencies, root.peerDependencies]) if (wanted !== undefined) Reflect.deleteProperty(wanted, "cdktf");
  writeFileSync(join(directory, "package.json"), JSON.stringify(root));
  writeFileSync(join(directory, "package-lock.json"), JSON.stringify(lock));
  return directory;
}

const graveOf = ({ metadata }: Report): number => (metadata?.vulnerabilities.high ?? 0) + (metadata?.vulnerabilities.critical ?? 0);
const ours = withoutCdktf();
const report = audit(ours);
// Nothing runs after tests that are all skipped.
rmSync(ours, { recursive: true });

skipUnless(report.metadata !== undefined, "the npm registry answers no audit")("no dependency has a known vulnerability that is high or critical", () => {
  const directory = mkdtempSync(join(tmpdir(), "steading-audit-"));
  try {
    // It would see one: GHSA-jf85-cpcp-j695 is critical, of 2019.
    const root = { name: "seen", version: "1.0.0", dependencies: { lodash: "4.17.0" } };
    const resolved = "https://registry.npmjs.org/lodash/-/lodash-4.17.0.tgz";
    writeFileSync(join(directory, "package.json"), JSON.stringify(root));
    writeFileSync(join(directory, "package-lock.json"), JSON.stringify({ name: "seen", version: "1.0.0", lockfileVersion: 3, packages: { "": root, "node_modules/lodash": { version: "4.17.0", resolved } } }));
    expect(graveOf(audit(directory))).toBeGreaterThan(0);
  } finally {
    rmSync(directory, { recursive: true });
  }
  expect(graveOf(report)).toBe(0);
});
