import { createHash } from "node:crypto";
import { globSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Folders beside a playbook that Ansible reads (docs.ansible.com, "Sample Ansible setup"). */
const FOLDERS = ["roles", "group_vars", "host_vars", "tasks", "handlers", "templates", "files", "vars", "defaults", "library", "filter_plugins", "module_utils", "playbooks"];

/** A digest of the playbook, of the YAML files beside it and of the folders of roles, variables and templates there and in `directory`. */
export function playbookDigest(playbook: string, directory: string): string {
  const hash = createHash("sha256");
  for (const root of new Set([dirname(playbook), directory])) {
    const files = globSync(["*.{yml,yaml,cfg}", ...FOLDERS.map((folder) => `${folder}/**/*`)], { cwd: root }).sort();
    for (const file of files) {
      const path = join(root, file);
      const found = statSync(path, { throwIfNoEntry: false });
      if (found?.isFile() === true) hash.update(`${file}\0${found.size.toString()}\0`).update(readFileSync(path));
    }
  }
  return hash.digest("hex").slice(0, 32);
}
