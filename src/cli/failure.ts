import type { Command } from "commander";
import { EXIT } from "#cli/exit.ts";
import { isCommandName, issueOutput, jsonText } from "#cli/output.ts";
import type { Output } from "#cli/output.ts";
import { placeHere } from "#cli/place.ts";
import { paintFor } from "#cli/paint.ts";
import type { Paint } from "#cli/paint.ts";
import { isFault } from "#model/fault.ts";
import { Issues } from "#model/issue.ts";
import type { Issue } from "#model/issue.ts";
import { explain } from "#provider/explain.ts";

/** An issue as lines: place and message, then what to do. */
export const issueLines = ({ at, path, message, fix }: Issue, paint: Paint): readonly string[] => [
  `${paint.wrong("error")} ${paint.strong(`${placeHere(at)} ${path}`.trimEnd())}: ${message}`,
  ...(fix === "" ? [] : [`      ${fix}`]),
];

const isFailed = (error: unknown): error is Error => error instanceof Error && error.name === "Failed";

/** What went wrong, as lines for a person: every mistake with place and fix, a fault with what to type, a bug with its trace. */
export function failureLines(error: unknown, paint: Paint): readonly string[] {
  if (error instanceof Issues) return error.issues.flatMap((issue) => issueLines(issue, paint));
  if (isFault(error)) return [`${paint.wrong("error")} ${explain(error)}`];
  if (isFailed(error)) return [`${paint.wrong("error")} ${error.message}`];
  return [`${paint.wrong("bug")} This is a mistake in Steading, not in your stack. Please report it with these lines:`, error instanceof Error ? (error.stack ?? error.message) : String(error)];
}

/** The same as data. */
export function failureData(error: unknown): Pick<Output, "issues" | "errors"> {
  if (error instanceof Issues) return { issues: error.issues.map(issueOutput) };
  if (isFault(error)) return { errors: [{ message: explain(error), code: error.code, host: error.host, hostState: error.hostState }] };
  return { errors: [{ message: error instanceof Error ? error.message : String(error) }] };
}

const nameOf = (command: Command): Output["command"] => {
  const top = command.parent?.parent ? command.parent : command;
  const name = top.name();
  if (isCommandName(name)) return name;
  throw new Error(`${name} has no output`);
};

/**
 * A command's action that tells what went wrong and sets the exit status. Lines go to stderr; with `--json` the failure is the
 * document on stdout as well.
 */
export const reporting = <A extends readonly unknown[]>(action: (...args: A) => Promise<void>) =>
  // Commander calls an action with the command as `this`.
  async function (this: Command, ...args: A): Promise<void> {
    try {
      await action(...args);
    } catch (error) {
      process.exitCode = EXIT.failed;
      console.error(failureLines(error, paintFor(process.stderr, process.env)).join("\n"));
      if (this.opts()["json"] === true) console.log(jsonText({ command: nameOf(this), result: "failed", ...failureData(error) }));
    }
  };
