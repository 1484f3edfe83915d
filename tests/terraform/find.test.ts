import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTofu } from "#terraform/find.ts";

const directory = mkdtempSync(join(tmpdir(), "steading-find-"));
const kept = { PATH: process.env["PATH"], XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] };
beforeAll(() => { Object.assign(process.env, { PATH: directory, XDG_CACHE_HOME: directory }); });
afterAll(() => {
  Object.assign(process.env, kept.PATH === undefined ? {} : { PATH: kept.PATH });
  if (kept.XDG_CACHE_HOME === undefined) delete process.env["XDG_CACHE_HOME"];
  rmSync(directory, { recursive: true, force: true });
});

const find = (wanted?: string): Promise<string> => findTofu(wanted, "terraform stack network", () => undefined);
const program = (name: string, says: string): string => {
  writeFileSync(join(directory, name), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  return join(directory, name);
};

test("without a tofu it says what to type", async () => {
  await expect(find()).rejects.toThrow(/^terraform stack network tofu: there is no tofu on the PATH \(install OpenTofu .*tofu: "build"/);
  await expect(find(join(directory, "none"))).rejects.toThrow(/is no program/);
});

test("that of the PATH is found, and a named one wins", async () => {
  const [usual, named] = [program("tofu", "OpenTofu v1.12.6"), program("other", "OpenTofu v2.0.0")];
  expect([await find(), await find(named)]).toEqual([usual, named]);
});

test("what is too old, or is Terraform, is refused", async () => {
  await expect(find(program("old", "OpenTofu v1.9.9"))).rejects.toThrow(/says OpenTofu v1\.9\.9, and OpenTofu 1\.10 or newer is needed/);
  await expect(find(program("terraform", "Terraform v1.11.4"))).rejects.toThrow(/says Terraform v1\.11\.4/);
});
