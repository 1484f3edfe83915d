import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPackages } from "./packages.ts";

/** `npm run test:soak [path…]`: every test that has a long form, in its long form; at the end one JSON object with tried and held for each promise. */
const root = join(import.meta.dirname, "../..");
const isSlow = (path: string): boolean => /support\/soak\.ts|STEADING_SOAK/.test(readFileSync(join(root, path), "utf8"));

installPackages("tests/soak-packages.txt");
const directory = mkdtempSync(join(tmpdir(), "steading-soak-"));
try {
  const file = join(directory, "notes");
  writeFileSync(file, "");
  const asked = process.argv.slice(2);
  const paths = asked.length > 0 ? asked : globSync(["tests/**/*.test.ts", "tests/**/*.soak.ts"], { cwd: root }).filter((path) => path.endsWith(".soak.ts") || isSlow(path)).sort();
  // One after another: each has the machine for itself.
  const { status } = spawnSync("npm", ["run", "--silent", "jest", "--", "--runInBand", ...paths], { cwd: root, stdio: "inherit", env: { ...process.env, STEADING_SOAK: file } });
  const sums: Record<string, { tried: number; held: number }> = {};
  for (const line of readFileSync(file, "utf8").split("\n").filter((text) => text !== "")) {
    const { promise, word, count } = JSON.parse(line) as { promise: string; word: "tried" | "held"; count: number };
    (sums[promise] ??= { tried: 0, held: 0 })[word] += count;
  }
  console.log(JSON.stringify(sums, undefined, 1));
  process.exitCode = status === 0 && Object.values(sums).every(({ tried, held }) => tried === held) ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true });
}
