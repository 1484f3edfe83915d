import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { differing, outputs } from "#gen/outputs.ts";

const root = join(import.meta.dirname, "../..");

describe("generated files", () => {
  test("are the same as those checked in", async () => {
    expect(differing(root, await outputs(root))).toEqual([]);
  });

  test("are found to differ when changed, missing or left over", () => {
    const scratch = mkdtempSync(join(tmpdir(), "steading-gen-"));
    try {
      mkdirSync(join(scratch, "docs/reference/kinds"), { recursive: true });
      writeFileSync(join(scratch, "docs/reference/kinds/file.md"), "old");
      writeFileSync(join(scratch, "docs/reference/kinds/gone.md"), "left over");
      const made = new Map([["docs/reference/kinds/file.md", "new"], ["docs/reference/kinds/symlink.md", "new"]]);
      expect([...differing(scratch, made)].sort()).toEqual(["docs/reference/kinds/file.md", "docs/reference/kinds/gone.md", "docs/reference/kinds/symlink.md"]);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});
