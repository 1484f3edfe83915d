import { createHash } from "node:crypto";
import { globSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Folders that hold no part of a playbook. */
const FOREIGN = new Set([".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", "venv", ".tox", ".ansible", ".cache", ".mypy_cache", ".pytest_cache", ".pulumi", ".terraform", ".vagrant", ".idea", ".vscode"]);

/** What Ansible and Python write themselves. */
const WRITTEN = /\.(log|retry|pyc|swp)$/;

/** How many files a playbook's folder may hold: a larger one is no folder of a playbook, as a home is none. */
const MOST_FILES = 5000;

/** Larger files count by their size and time. */
const LARGE = 8 * 1024 * 1024;

/** Folders beside a playbook that Ansible reads (docs.ansible.com, "Sample Ansible setup"). */
const FOLDERS = ["roles", "group_vars", "host_vars", "tasks", "handlers", "templates", "files", "vars", "defaults", "library", "filter_plugins", "module_utils", "playbooks"];

class TooMany extends Error {}

/** What cannot be read, or has just gone, counts by its name. */
function readable<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Paths below a folder, links followed, in the order of their names. */
function filesBelow(root: string, without: ReadonlySet<string>): readonly string[] {
  const files: string[] = [];
  const walk = (folder: string, above: readonly string[]): void => {
    const real = readable(() => realpathSync(join(root, folder)), "");
    // A link to a folder that it is in.
    if (above.includes(real)) return;
    for (const name of readable(() => readdirSync(real), []).sort()) {
      const path = join(folder, name);
      const found = readable(() => statSync(join(root, path)), undefined);
      const isOwn = !FOREIGN.has(name) && !WRITTEN.test(name) && !(folder === "" && name.startsWith(".")) && !without.has(join(root, path));
      if (!isOwn) continue;
      if (found?.isDirectory() === true) walk(path, [...above, real]);
      else if (files.push(path) > MOST_FILES) throw new TooMany();
    }
  };
  walk("", []);
  return files;
}

function filesOf(root: string, without: ReadonlySet<string>): readonly string[] {
  try {
    return filesBelow(root, without);
  } catch (error) {
    if (!(error instanceof TooMany)) throw error;
    return globSync(["*.{yml,yaml,cfg}", ...FOLDERS.map((folder) => `${folder}/**/*`)], { cwd: root }).sort();
  }
}

/** What is in a file; where a link leads that leads nowhere. Undefined for what is no file. */
function contentOf(path: string): string | Buffer | undefined {
  const found = readable(() => statSync(path), undefined);
  if (found === undefined) return readable(() => readlinkSync(path), "");
  if (!found.isFile()) return undefined;
  const executable = (found.mode & 0o111) === 0 ? "-" : "x";
  return found.size > LARGE ? `${found.size.toString()} ${found.mtimeMs.toString()}` : Buffer.concat([Buffer.from(`${executable}${found.size.toString()}\0`), readable(() => readFileSync(path), Buffer.of())]);
}

/**
 * A digest of all that lies in the folder of the playbook and in `directory`, where Ansible runs.
 *
 * @param written - files and folders that a run itself writes
 */
export function playbookDigest(playbook: string, directory: string, written: readonly string[] = []): string {
  const hash = createHash("sha256");
  for (const root of new Set([dirname(playbook), directory])) {
    for (const file of filesOf(root, new Set(written))) {
      const content = contentOf(join(root, file));
      if (content !== undefined) hash.update(`${file}\0`).update(content);
    }
  }
  return hash.digest("hex").slice(0, 32);
}
