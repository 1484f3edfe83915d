import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

const ROOT = join(import.meta.dirname, "../..");

/** How a run of the command ended. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `steading` as a process whose output is a pipe. Only the given environment, PATH and HOME are handed on; stdin is empty unless there is `input`. */
export async function steading(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {}): Promise<CommandResult> {
  const { exitCode, stdout, stderr } = await execa(join(ROOT, "node_modules/.bin/node"), [join(ROOT, "src/cli/main.ts"), ...args], {
    cwd: options.cwd ?? ROOT,
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...options.env },
    extendEnv: false,
    reject: false,
    input: options.input ?? "",
  });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

/** A project in a temporary directory whose program is `program`; its state lies in it too. */
export function tryProject(program: string): { readonly directory: string; readonly remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), "steading-project-"));
  writeFileSync(join(directory, "Pulumi.yaml"), "name: try\nruntime: nodejs\nmain: program.ts\nbackend:\n  url: file://./.steading/state\n");
  writeFileSync(join(directory, "program.ts"), program);
  mkdirSync(join(directory, "node_modules/@pulumi"), { recursive: true });
  symlinkSync(ROOT, join(directory, "node_modules/steading"));
  symlinkSync(join(ROOT, "node_modules/@pulumi/pulumi"), join(directory, "node_modules/@pulumi/pulumi"));
  return { directory, remove: () => { rmSync(directory, { recursive: true, force: true }); } };
}

/** What `--json` printed. */
export const document = ({ stdout }: CommandResult): { readonly [key: string]: unknown } => JSON.parse(stdout) as { readonly [key: string]: unknown };
