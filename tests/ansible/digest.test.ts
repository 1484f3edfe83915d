import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playbookDigest } from "#ansible/digest.ts";

const directory = mkdtempSync(join(tmpdir(), "steading-digest-"));
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});
const digest = (): string => playbookDigest(join(directory, "site.yml"), directory);

test("the digest of a playbook changes with its roles and variables, and not with what lies elsewhere", () => {
  mkdirSync(join(directory, "roles/app/templates"), { recursive: true });
  mkdirSync(join(directory, ".git"));
  writeFileSync(join(directory, "site.yml"), "- hosts: all\n");
  const seen = [digest()];
  writeFileSync(join(directory, ".git/HEAD"), "x");
  expect(digest()).toBe(seen[0]);
  for (const file of ["site.yml", "roles/app/templates/a.j2", "vars.yaml"]) {
    writeFileSync(join(directory, file), "changed\n");
    seen.push(digest());
  }
  expect(new Set(seen).size).toBe(4);
});
