import { execa } from "execa";
import { createHash } from "node:crypto";
import { access, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

const requirements = join(import.meta.dirname, "../requirements.txt");

const there = (path: string): Promise<boolean> => access(path).then(() => true, () => false);

/** Programs in a virtual environment that holds what requirements.txt names; made once, kept in the user's cache. */
export async function pythonEnvironment(progress: (line: string) => void): Promise<string> {
  const digest = createHash("sha256").update(await readFile(requirements)).digest("hex").slice(0, 16);
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const path = join(cache, "steading/bench", digest);
  if (await there(join(path, "finished"))) return join(path, "bin");
  progress(`installing ansible-core, mitogen and pyinfra into ${path}`);
  await rm(path, { recursive: true, force: true });
  await execa("python3", ["-m", "venv", path]);
  await execa(join(path, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement", requirements]);
  await execa("cp", [requirements, join(path, "finished.unfinished")]);
  await rename(join(path, "finished.unfinished"), join(path, "finished"));
  return join(path, "bin");
}

/** The version that requirements.txt pins. */
export async function pinnedVersion(name: string): Promise<string> {
  const line = (await readFile(requirements, "utf8")).split("\n").find((one) => one.startsWith(`${name}==`));
  if (line === undefined) throw new Error(`requirements.txt does not name ${name}`);
  return line.slice(name.length + 2);
}
