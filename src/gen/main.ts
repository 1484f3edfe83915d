import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { differing, orphans, outputs } from "#gen/outputs.ts";

// Writes the generated files; with --check only says which of them differ, and fails if any does.
const root = join(import.meta.dirname, "../..");
const made = await outputs(root);
const changed = differing(root, made);

if (process.argv.includes("--check")) {
  for (const path of changed) console.error(`${path} differs from what its source says; run: npm run gen`);
  process.exitCode = changed.length === 0 ? 0 : 1;
} else {
  for (const path of orphans(root, made)) rmSync(join(root, path));
  for (const [path, text] of made) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (changed.includes(path)) writeFileSync(join(root, path), text);
  }
  for (const path of changed) console.log(path);
}
