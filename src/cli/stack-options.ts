import { Option } from "commander";
import type { Command } from "commander";
import { repeated } from "#cli/repeated-option.ts";
import { withTargets } from "#cli/run-targets.ts";
import type { TargetFlags } from "#cli/run-targets.ts";
import { Issues } from "#model/issue.ts";

/** How a run goes about many hosts; as typed. */
export interface RunFlags {
  readonly parallel?: string;
  readonly failFast?: true;
  readonly timeBudget?: string;
  readonly batch?: string;
  readonly whenUnreachable?: string;
}

/** Policy packs as typed. */
export interface PolicyFlags {
  readonly policyPack?: readonly string[];
  readonly policyPackConfig?: readonly string[];
}

/** What every command on a stack takes. */
export interface StackOptions extends RunFlags, PolicyFlags, TargetFlags {
  readonly stack?: string;
  /** The YAML file of a machine, in place of a stack. */
  readonly file?: string;
  readonly cwd: string;
  readonly json?: true;
  readonly full?: true;
  readonly config: readonly string[];
}

/** What a command that changes something takes as well. */
export interface ChangeOptions extends StackOptions {
  readonly yes?: true;
}

/** Pairs `key=value` as typed. Throws `Issues` for the first one that is none. */
export function configPairs(pairs: readonly string[]): readonly (readonly [key: string, value: string])[] {
  return pairs.map((pair) => {
    const at = pair.indexOf("=");
    if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
    throw new Issues([{ code: "config.malformed", at: "--config", path: "", message: `${JSON.stringify(pair)} is no key=value`, fix: "for example --config host=ssh://root@192.0.2.7" }]);
  });
}

/** Adds the options of policy packs, as the Pulumi CLI has them. */
export const withPolicyOptions = (command: Command): Command =>
  command
    .addOption(repeated("--policy-pack <directory>", "a Pulumi policy pack that judges the run; may be given many times"))
    .addOption(repeated("--policy-pack-config <file>", "JSON with the levels and properties of its policies; one for each --policy-pack, in order"));

/** Adds the options of every command on a stack. */
export const withStackOptions = (command: Command): Command =>
  withTargets(
    command
      .argument("[file]", "the YAML file of a machine, in place of a project and its stack")
      .addOption(new Option("-s, --stack <name>", "the stack, which is a file stacks/<name>.ts").env("PULUMI_STACK"))
      .option("-C, --cwd <directory>", "the project", ".")
      .addOption(repeated("-c, --config <key=value>", "a configuration value, kept by a command that changes something; may be given many times")),
  )
    .option("--parallel <n>", "how many hosts at once (default: 8, at most four per core)")
    .option("--fail-fast", "stop at the first failure; else the other hosts go on")
    .option("--time-budget <duration>", "for the whole run, like 90s or 10m: then nothing more begins, what is under way ends, and what is left is named")
    .option("--full", "show also what stays the same, and each item of many hosts")
    .option("--json", "one JSON document on stdout; see output.schema.json");

/** Throws `Issues` for options that mean nothing beside a machine's file. A stack that the environment names is for projects. */
function refuseBesideFile({ config }: StackOptions, command: Command): void {
  const wrong = [...(command.getOptionValueSource("stack") === "cli" ? ["--stack"] : []), ...(config.length > 0 ? ["--config"] : [])];
  const message = "does not go together with a machine's file, which is its own stack and has no configuration";
  if (wrong.length > 0) throw new Issues(wrong.map((at) => ({ code: "option.conflict", at, path: "", message, fix: `leave out ${at}, or the file` })));
}

/** An action whose command may name a machine's file. */
export const onFile =
  <O extends StackOptions>(action: (options: O) => Promise<void>) =>
  async (file: string | undefined, options: O, command: Command): Promise<void> => {
    if (file !== undefined) refuseBesideFile(options, command);
    await action(file === undefined ? options : { ...options, file });
  };

/** Adds `--yes`. */
export const withYes = (command: Command): Command =>
  command
    .addOption(new Option("--when-unreachable <what>", "for this run, in place of what the connections say: fail, forget or queue what a host that does not answer needs"))
    .option("-y, --yes", "do not ask; needed where nobody can be asked");
