import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findAnsible } from "#ansible/find.ts";

const directory = mkdtempSync(join(tmpdir(), "steading-find-"));
const path = process.env["PATH"];
afterAll(() => {
  process.env["PATH"] = path;
  rmSync(directory, { recursive: true, force: true });
});
const find = (wanted?: string): Promise<string> => findAnsible(wanted, "playbook site", () => undefined);

test("without an ansible-playbook it says what to type", async () => {
  process.env["PATH"] = directory;
  await expect(find()).rejects.toThrow(/^playbook site ansible: there is no ansible-playbook on the PATH \(apt-get install ansible-core, or ansible: "venv"/);
  await expect(find(join(directory, "none"))).rejects.toThrow(/is no program/);
});

test("that of the PATH is found, and a named one wins", async () => {
  writeFileSync(join(directory, "ansible-playbook"), "#!/bin/sh\n", { mode: 0o755 });
  process.env["PATH"] = directory;
  expect(await find()).toBe(join(directory, "ansible-playbook"));
  expect(await find("/bin/sh")).toBe("/bin/sh");
});
