import { existsSync } from "node:fs";
import { findAnsible } from "#ansible/find.ts";
import type { Playbook } from "#ansible/playbook.ts";
import { runPlaybook } from "#ansible/run.ts";
import type { PlaybookRun } from "#ansible/run.ts";
import { isFailed } from "#ansible/tasks.ts";
import type { Task, TaskLog } from "#ansible/tasks.ts";
import { hostName } from "#model/connection.ts";
import type { Connection } from "#model/connection.ts";
import { Fault } from "#model/fault.ts";
import { formatIssue, Issues } from "#model/issue.ts";
import { mask } from "#model/mask.ts";
import type { JsonObject } from "#model/value.ts";
import { Failed } from "#provider/failed.ts";
import { invocationOf } from "#provider/playbook-inputs.ts";
import { otherWays, reasonOf } from "#provider/playbook-reason.ts";
import type { ResourceContext } from "#provider/resource.ts";

/** One playbook on one host. */
export interface PlaybookWork {
  readonly urn: string;
  readonly name: string;
  readonly inputs: JsonObject;
  readonly want: Playbook;
  readonly to: Connection;
  readonly secrets: ReadonlySet<string>;
  /** How many tasks there were the last time. */
  readonly expected: number;
}

/** Tells each task as a step. */
function steps({ report }: ResourceContext, { urn, to, secrets, expected }: PlaybookWork): (task: Task, log: TaskLog) => void {
  const begun = new Map<string, { readonly index: number; readonly at: number }>();
  return (task, log) => {
    const { index, at } = begun.get(task.name) ?? { index: log.begun, at: performance.now() };
    begun.set(task.name, { index, at });
    const seconds = task.status === undefined ? {} : { seconds: (performance.now() - at) / 1000 };
    const status = task.status === undefined || task.status === "ok" ? "" : `: ${task.status}`;
    report({ event: "step", urn, host: hostName(to), step: mask(`${task.name}${status}`, secrets), index, of: Math.max(expected, log.begun), ...seconds });
  };
}

/** Refuses a run that did not come to any task: a mistake in the playbook, or plays for other hosts. */
function refuseEmpty({ name, want, to, secrets }: PlaybookWork, { exitCode, log, said }: PlaybookRun): void {
  if (log.begun > 0) return;
  if (exitCode !== 0) throw new Failed(`playbook ${name}: Ansible does not run ${want.playbook}:\n${reasonOf(said, secrets)}`);
  if (log.withoutHosts > 0)
    throw new Failed(`playbook ${name}: no play of ${want.playbook} is for ${want.inventoryName ?? hostName(to)} (name the groups of \`hosts:\` in groups: [...], or the host itself in inventoryName)`);
}

/** Refuses what is not there any more: a state remembers where it was. */
function refuseMissing({ name, want }: PlaybookWork): void {
  const gone = (["directory", "playbook"] as const).filter((path) => !existsSync(want[path]));
  if (gone.length > 0) throw new Issues(gone.map((path) => ({ code: "playbook.missing", at: `playbook ${name}`, path, message: `there is no ${want[path]} any more`, fix: "put it back, or run `steading up` once with the path as it is now" })));
}

/** Runs the playbook, or only looks. Throws Issues where there is no Ansible or the variables lead elsewhere, and Failed for a playbook that does not run at all. */
export async function runWork(context: ResourceContext, work: PlaybookWork, check: boolean, signal: AbortSignal): Promise<PlaybookRun> {
  const { urn, name, inputs, want, to, secrets } = work;
  refuseMissing(work);
  const program = await findAnsible(want.ansible, `playbook ${name}`, (text) => { context.report({ event: "message", severity: "info", urn, text }); });
  const onTask = check ? (): void => undefined : steps(context, work);
  const run = await runPlaybook(program, want.directory, invocationOf(want, inputs, to, check), signal, onTask);
  if (run.log.refused.length > 0 && (check || run.log.begun === 0)) throw new Issues(otherWays(`playbook ${name}`, run.log.refused, secrets));
  refuseEmpty(work, run);
  // What was not looked at must not pass for what has nothing to do.
  if (check && run.exitCode !== 0 && !run.tasks.some(isFailed)) throw new Failed(`playbook ${name}: the look at ${hostName(to)} did not come to its end:\n${reasonOf(run.said, secrets)}`);
  return run;
}

/** The fault of a run that did not end well; undefined for one that did. */
export function faultOf({ to, name, secrets }: PlaybookWork, { exitCode, tasks, said, log }: PlaybookRun): Fault<"task.failed"> | undefined {
  if (exitCode === 0) return undefined;
  // Those before the last one were rescued.
  const failed = log.refused.length > 0 ? undefined : tasks.findLast(isFailed);
  const host = hostName(to);
  const [task, at] = [mask(failed?.name ?? tasks.at(-1)?.name ?? "", secrets), mask(failed?.at ?? "", secrets)];
  const ended = log.refused.length > 0 ? otherWays(`playbook ${name}`, log.refused, secrets).map(formatIssue).join("\n") : `ansible-playbook ended with ${exitCode.toString()}: ${said}`;
  const reason = reasonOf(failed === undefined ? ended : failed.message || "it does not say why", secrets);
  const message = failed === undefined ? `${host}: playbook ${name} stopped after task ${task}: ${reason}` : `${host}: task ${task} of playbook ${name} failed${at === "" ? "" : ` (${at})`}: ${reason}`;
  return new Fault("task.failed", { host, hostState: "partial", detail: { task, at, reason }, message });
}
