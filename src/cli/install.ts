import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { execa } from "execa";
import { findCommand, missingPackages } from "#cli/packages.ts";

/**
 * Installs the Debian packages of `packages.txt` that are missing, saying so; what stays missing is said as well.
 *
 * @param prefix - what stands before a command that needs root; undefined where nobody may
 * @param record - file to which the names of installed packages are added
 */
export async function installPackages(prefix: readonly string[] | undefined, record: string, say: (line: string) => void): Promise<void> {
  const missing = await missingPackages(process.env);
  if (missing.length === 0) {
    say("Everything that a lab machine needs is installed.");
    return;
  }
  const names = missing.map(({ name }) => name);
  const line = `apt-get install --yes --no-install-recommends ${names.join(" ")}`;
  if (prefix === undefined || findCommand("apt-get", process.env) === undefined) {
    say(`Not installed here, and this user may not: ${names.join(", ")}. As root: ${line}`);
    return;
  }
  for (const { name, purpose } of missing) say(`  ${name}: ${purpose}`);
  // Lists first: a fresh machine has none, and old ones name files that the mirror no longer has.
  for (const argv of [["apt-get", "update", "--quiet", "--quiet"], ["apt-get", "install", "--yes", "--quiet", "--quiet", "--no-install-recommends", ...names]]) {
    say(`$ ${argv.join(" ")}`);
    const [file = "", ...args] = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", ...argv];
    const { failed, stderr } = await execa(file, args, { reject: false, stdin: "ignore", stdout: "ignore" });
    if (failed) say(`That failed: ${stderr.trim()}`);
  }
  await mkdir(dirname(record), { recursive: true, mode: 0o700 });
  await appendFile(record, names.map((name) => `${name}\n`).join(""));
}
