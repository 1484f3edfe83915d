import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findProject } from "#engine/find-project.ts";
import { Issues } from "#model/issue.ts";

/** A project and one of its stacks. */
export interface StackChoice {
  /** Where Pulumi.yaml is. */
  readonly directory: string;
  readonly stack: string;
  /** Where the passphrase is that nobody had to type. */
  readonly passphrase: string;
}

const namesIn = async (directory: string, form: RegExp): Promise<readonly string[]> =>
  (await readdir(directory).catch((): string[] => [])).flatMap((name) => form.exec(name)?.[1] ?? []);

/** Names that a project's files give its stacks: `Pulumi.<stack>.yaml` and `stacks/<stack>.ts`. `by-name.ts` and `by-file.ts` only lead to others. */
export async function stackNames(directory: string): Promise<readonly string[]> {
  const [configured, written] = await Promise.all([namesIn(directory, /^Pulumi\.(.+)\.ya?ml$/), namesIn(join(directory, "stacks"), /^(?!by-(?:name|file)\.)(.+)\.ts$/)]);
  return [...new Set([...configured, ...written])].sort();
}

/** The project in or above `cwd`, and the stack that was asked for; the only one when none was. Throws `Issues`. */
export async function chooseStack(cwd: string, asked: string | undefined): Promise<StackChoice> {
  const directory = dirname(findProject(cwd).file);
  if (asked !== undefined && asked !== "") return { directory, stack: asked, passphrase: directory };
  const names = await stackNames(directory);
  const [only] = names;
  if (only !== undefined && names.length === 1) return { directory, stack: only, passphrase: directory };
  const fix = names.length === 0 ? "name a new one with --stack" : `--stack with one of ${names.join(", ")}`;
  throw new Issues([{ code: "stack.unnamed", at: directory, path: "", message: "no stack is named", fix }]);
}
