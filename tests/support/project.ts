import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { Output } from "#cli/output.ts";
import type { Json } from "#model/value.ts";

const COMMAND = fileURLToPath(new URL("../../src/cli/steading", import.meta.url));

/** What one run of the command left. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project of its own, with its state, for a program among the tests. */
export interface TestProject {
  /** Holds Pulumi.yaml, Pulumi.test.yaml and the state. */
  readonly directory: string;
  /** Runs `steading` as a person would, whole process; stdout is a pipe. */
  run(command: string, ...args: readonly string[]): Promise<Ran>;
  /** Runs `steading … --json` and reads what it printed. */
  json(command: string, ...args: readonly string[]): Promise<{ readonly exitCode: number; readonly output: Output }>;
  /** The state as it lies on disk. */
  state(): string;
  remove(): void;
}

/** Makes a project whose stack `test` is the program at `url`; `config` are the project's values, by name. */
export function testProject(url: URL, config: { readonly [key: string]: Json }): TestProject {
  const directory = mkdtempSync(join(tmpdir(), "steading-project-"));
  const main = relative(directory, fileURLToPath(url));
  mkdirSync(join(directory, "state"));
  writeFileSync(join(directory, "Pulumi.yaml"), JSON.stringify({ name: "test", runtime: { name: "nodejs", options: { typescript: false } }, main, backend: { url: "file://./state" } }));
  const values = Object.fromEntries(Object.entries(config).map(([key, value]) => [`test:${key}`, value]));
  writeFileSync(join(directory, "Pulumi.test.yaml"), JSON.stringify({ config: values }));
  const run = async (command: string, ...args: readonly string[]): Promise<Ran> => {
    const yes = command === "up" || command === "destroy" ? ["--yes"] : [];
    const { exitCode = -1, stdout, stderr } = await execa(COMMAND, [command, "--stack", "test", ...yes, ...args], { cwd: directory, env: { PULUMI_CONFIG_PASSPHRASE: "test" }, reject: false, stdin: "ignore" });
    return { exitCode, stdout, stderr };
  };
  return {
    directory,
    run,
    async json(command, ...args) {
      const { exitCode, stdout } = await run(command, "--json", ...args);
      return { exitCode, output: JSON.parse(stdout) as Output };
    },
    state: () => readFileSync(join(directory, "state/.pulumi/stacks/test/test.json"), "utf8"),
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
