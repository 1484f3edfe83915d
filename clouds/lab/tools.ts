import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";

const searchPath = (): readonly string[] => [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];

/** True when a command is installed. */
export async function isInstalled(tool: string): Promise<boolean> {
  const found = await Promise.all(searchPath().map((directory) => access(join(directory, tool)).then(() => true, () => false)));
  return found.includes(true);
}

/** Debian packages that this machine lacks, in alphabetical order, from each tool and the package that brings it. A path stands for itself. */
export async function missingPackages(tools: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const isThere = (tool: string): Promise<boolean> => (tool.startsWith("/") ? access(tool).then(() => true, () => false) : isInstalled(tool));
  const checked = await Promise.all(Object.entries(tools).map(async ([tool, from]) => ((await isThere(tool)) ? [] : [from])));
  return [...new Set(checked.flat())].sort();
}
