import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { programOnPath } from "#host/programs.ts";

/** A Debian package that Steading uses on the machine it runs on. */
export interface DebianPackage {
  readonly name: string;
  /** A command that shows it is there; undefined when it brings none. */
  readonly command: string | undefined;
  /** What it is for, in a few words. */
  readonly purpose: string;
}

const LIST = join(import.meta.dirname, "packages.txt");

/** The packages named in `packages.txt`, in its order. */
export async function debianPackages(): Promise<readonly DebianPackage[]> {
  const lines = (await readFile(LIST, "utf8")).split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [, name = "", command = "", purpose = ""] = /^(\S+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return { name, command: command === "-" ? undefined : command, purpose };
  });
}

/** Where an administrator's commands are, even when a user's PATH leaves them out. */
const ADMINISTRATOR = ["/usr/sbin", "/sbin"];

/** Path of a command; undefined when it is not installed. */
export const findCommand = (command: string, env: NodeJS.ProcessEnv): string | undefined => programOnPath(command, [env["PATH"] ?? "", ...ADMINISTRATOR].join(delimiter));

/** True when a package is there: by its command, else by dpkg's file list (dpkg(1), /var/lib/dpkg/info). */
export const isInstalled = ({ name, command }: DebianPackage, env: NodeJS.ProcessEnv): boolean =>
  command === undefined ? existsSync(`/var/lib/dpkg/info/${name}.list`) : findCommand(command, env) !== undefined;

/** The packages that are not there. */
export async function missingPackages(env: NodeJS.ProcessEnv): Promise<readonly DebianPackage[]> {
  return (await debianPackages()).filter((one) => !isInstalled(one, env));
}
