import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execaSync } from "execa";

const root = join(import.meta.dirname, "../..");

/** Names in a list of packages: the first word of each line that is no comment. */
export const packageNames = (text: string): readonly string[] =>
  text.split("\n").flatMap((line) => (line.startsWith("#") ? [] : (/^\S+/.exec(line)?.[0] ?? [])));

const isInstalled = (name: string): boolean =>
  execaSync("dpkg-query", ["--show", "--showformat=${db:Status-Status}", name], { reject: false }).stdout === "installed";

/** Installs what the program and its tests use, and what is in `more`, where that is possible without asking: as root, on Debian. Says what it does. */
export function installPackages(...more: readonly string[]): void {
  if (process.getuid?.() !== 0 || execaSync("apt-get", ["--version"], { reject: false }).failed) return;
  const lists = ["src/cli/packages.txt", "tests/packages.txt", ...more].map((path) => readFileSync(join(root, path), "utf8"));
  const missing = [...new Set(lists.flatMap(packageNames))].filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  console.log(`Installing Debian packages: ${missing.join(" ")} (apt-get)`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  execaSync("apt-get", ["update", "--quiet=2"], { reject: false, env });
  const { failed, stderr } = execaSync("apt-get", ["install", "--yes", "--quiet=2", "--no-install-recommends", ...missing], { reject: false, env });
  if (failed) console.log(`apt-get failed: ${stderr}\nTests that need these packages are skipped, and counted.`);
}
