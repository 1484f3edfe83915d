import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userConfig } from "#ansible/user-config.ts";

const directory = mkdtempSync(join(tmpdir(), "steading-user-config-"));
const project = join(directory, "project");
const HOME = join(directory, "home");
beforeAll(() => {
  mkdirSync(project);
  mkdirSync(HOME);
  writeFileSync(join(project, "ansible.cfg"), "# mine\n[defaults]\ninterpreter_python = /opt/python ; newest\ncallback_plugins=./plugins:~/plugins\nlog_path: run.log\n[ssh_connection]\npipelining = False\n");
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

test("what an ansible.cfg says is known, with paths from where it lies", () => {
  expect(userConfig(project, { HOME })).toEqual({
    callbackPlugins: [join(project, "plugins"), join(HOME, "plugins")],
    inventoryPlugins: [join(HOME, ".ansible/plugins/inventory"), "/usr/share/ansible/plugins/inventory"],
    pipelining: "False",
    interpreter: "/opt/python",
    written: [join(project, "run.log")],
  });
});

test("the environment wins; a named file comes first", () => {
  const named = join(directory, "other.cfg");
  writeFileSync(named, "[defaults]\ninterpreter_python = /usr/bin/named\n");
  expect(userConfig(project, { HOME, ANSIBLE_CONFIG: named })).toMatchObject({ interpreter: "/usr/bin/named", pipelining: undefined });
  expect(userConfig(project, { HOME, ANSIBLE_PYTHON_INTERPRETER: "/usr/bin/env-python" }).interpreter).toBe("/usr/bin/env-python");
});

test("a folder that everybody may write to has none, as for Ansible", () => {
  chmodSync(project, 0o777);
  expect(userConfig(project, { HOME }).interpreter).toBeUndefined();
});
