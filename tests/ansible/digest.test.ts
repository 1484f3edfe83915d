import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playbookDigest } from "#ansible/digest.ts";

const directory = mkdtempSync(join(tmpdir(), "steading-digest-"));
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});
const digest = (): string => playbookDigest(join(directory, "site.yml"), directory, [join(directory, "facts")]);
const write = (path: string, content: string): void => {
  mkdirSync(join(directory, path, ".."), { recursive: true });
  writeFileSync(join(directory, path), content);
};

beforeAll(() => {
  write("site.yml", "- hosts: all\n");
  mkdirSync(join(directory, "roles/app"), { recursive: true });
  write("elsewhere/tasks/main.yml", "[]");
  symlinkSync("../elsewhere", join(directory, "roles/linked"));
  symlinkSync("..", join(directory, "roles/loop"));
});

test.each(["site.yml", "vars.yaml", "roles/app/templates/a.j2", "roles/app/files/.bashrc", "roles/app/files/.config/x", "elsewhere/tasks/main.yml", "scripts/x.sh", "env/prod.yml", "collections/a/b/plugins/modules/c.py", "action_plugins/d.py"])("%s is a part of the playbook", (path) => {
  const before = digest();
  write(path, "changed\n");
  expect(digest()).not.toBe(before);
  expect(digest()).toBe(digest());
});

test.each([".git/HEAD", ".env", "node_modules/a/index.js", "roles/app/__pycache__/a.py", ".venv/bin/python", "ansible.log", "facts/desk"])("%s is none", (path) => {
  const before = digest();
  write(path, "changed\n");
  expect(digest()).toBe(before);
});

test("a program that may be run is another file than one that may not; a link that leads nowhere is a file", () => {
  const before = digest();
  chmodSync(join(directory, "scripts/x.sh"), 0o755);
  const executable = digest();
  symlinkSync("nowhere", join(directory, "scripts/link"));
  expect(new Set([before, executable, digest()]).size).toBe(3);
});

test("in a folder of very many files, as a home is, what Ansible reads by itself counts", () => {
  mkdirSync(join(directory, "many"));
  for (let index = 0; index <= 5000; index++) writeFileSync(join(directory, "many", index.toString()), "");
  const before = digest();
  write("many/0", "changed");
  expect(digest()).toBe(before);
  write("roles/app/templates/a.j2", "again");
  expect(digest()).not.toBe(before);
});
