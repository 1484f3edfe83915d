import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { cachePath } from "#host/user-places.ts";
import { isProgram, programOnPath } from "#host/programs.ts";
import { Issues } from "#model/issue.ts";

const requirements = fileURLToPath(new URL("requirements.txt", import.meta.url));

const missing = (at: string, message: string, fix: string): Issues => new Issues([{ code: "ansible.missing", at, path: "ansible", message, fix }]);

/** Makes the virtual environment where it stays, as its scripts name that place; a last file says that it is whole. */
async function makeVenv(at: string, place: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  await mkdir(dirname(place), { recursive: true });
  const made = await execa("python3", ["-m", "venv", place], { reject: false, stdin: "ignore" });
  if (made.failed) throw missing(at, `no virtual environment could be made: ${made.stderr || made.stdout || made.message || ""}`.trim(), "apt-get install python3-venv");
  const installed = await execa(join(place, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement", requirements], { reject: false, stdin: "ignore" });
  if (installed.failed) throw missing(at, `ansible-core could not be installed: ${installed.stderr.trim()}`, "see that PyPI answers, or name an ansible-playbook of your own");
  writeFileSync(join(place, "finished.unfinished"), "");
  await rename(join(place, "finished.unfinished"), join(place, "finished"));
}

const making = new Map<string, Promise<void>>();

/** The `ansible-playbook` of a virtual environment with exactly what requirements.txt names; made once, kept in the user's cache. */
async function ownAnsible(at: string, progress: (line: string) => void): Promise<string> {
  const digest = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 16);
  const place = cachePath("ansible", digest);
  if (!existsSync(join(place, "finished"))) {
    if (!making.has(place)) progress(`installing ansible-core into ${place}`);
    const made = making.get(place) ?? makeVenv(at, place);
    making.set(place, made);
    await made.finally(() => making.delete(place));
  }
  return join(place, "bin/ansible-playbook");
}

/**
 * The `ansible-playbook` to run. Throws Issues that say what to type where there is none.
 *
 * @param wanted - its file; `venv` for one of Steading's own; undefined for that of the PATH
 * @param at - who asks, for messages
 */
export async function findAnsible(wanted: string | undefined, at: string, progress: (line: string) => void): Promise<string> {
  if (wanted === "venv") return ownAnsible(at, progress);
  if (wanted !== undefined) {
    if (isProgram(wanted)) return wanted;
    throw missing(at, `${wanted} is no program`, 'the file of ansible-playbook, or ansible: "venv"');
  }
  const found = programOnPath("ansible-playbook");
  if (found !== undefined) return found;
  throw missing(at, "there is no ansible-playbook on the PATH", 'apt-get install ansible-core, or ansible: "venv" for one of Steading\'s own from PyPI');
}
