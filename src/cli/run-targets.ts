import type { Command } from "commander";
import { repeated } from "#cli/repeated-option.ts";
import type { RunOptions } from "#engine/operations/run.ts";
import { Issues } from "#model/issue.ts";

/** What of a stack a run is about; as typed. */
export interface TargetFlags {
  readonly target: readonly string[];
  readonly targetDependents?: true;
  readonly exclude: readonly string[];
  readonly excludeDependents?: true;
  readonly refresh?: true;
}

/** Adds the options that choose what a run is about. */
export const withTargets = (command: Command): Command =>
  command
    .addOption(repeated("-t, --target <urn>", "only this resource, by its URN or its name; `*` and `**` stand for anything in and across the parts of a URN; may be given many times"))
    .option("--target-dependents", "also what depends on the targets")
    .addOption(repeated("--exclude <urn>", "all but this resource, written as a target is; may be given many times"))
    .option("--exclude-dependents", "also leave out what depends on what is excluded");

/** Adds `--refresh`. */
export const withRefresh = (command: Command): Command => command.option("--refresh", "read what is there before anything is decided, as `steading refresh` does; layers and playbooks are always looked at");

const conflict = (at: string, message: string, fix: string): Issues => new Issues([{ code: "option.conflict", at, path: "", message, fix }]);

/** What of a stack the run is about, and whether it refreshes first. Throws `Issues` for options that do not go together. */
export function chosenPart({ target, targetDependents, exclude, excludeDependents, refresh }: TargetFlags): Pick<RunOptions, "targets" | "refresh"> {
  if (target.length > 0 && exclude.length > 0) throw conflict("--exclude", "does not go together with --target", "say what the run is about, or what it is not about");
  if (targetDependents === true && target.length === 0) throw conflict("--target-dependents", "is only for a run with targets", "add --target");
  if (excludeDependents === true && exclude.length === 0) throw conflict("--exclude-dependents", "is only for a run that excludes something", "add --exclude");
  const mode = exclude.length > 0 ? "exclude" : "target";
  const asked = [...target, ...exclude];
  return {
    ...(asked.length === 0 ? {} : { targets: { asked, mode, withDependents: targetDependents === true || excludeDependents === true } }),
    ...(refresh === true ? { refresh } : {}),
  };
}

/** Refuses a part of a stack where a plan is kept. Throws `Issues`. */
export function refusePart(at: string, flags: TargetFlags): void {
  const { targets, refresh } = chosenPart(flags);
  if (targets !== undefined) throw conflict(at, `a plan that is kept is one of the whole stack, not of a part (--${targets.mode})`, `leave out ${at}, or --${targets.mode}`);
  if (refresh === true) throw conflict(at, "a plan that is kept is made from the state as it is written (--refresh)", "run `steading refresh` first");
}
