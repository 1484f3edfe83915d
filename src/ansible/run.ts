import { writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { execa } from "execa";
import { parseEvent } from "#ansible/events.ts";
import type { Invocation } from "#ansible/invocation.ts";
import { isFailed, makeTaskLog } from "#ansible/tasks.ts";
import type { Task, TaskLog } from "#ansible/tasks.ts";
import { withWorkspace } from "#ansible/workspace.ts";
import type { Workspace } from "#ansible/workspace.ts";
import { noteProcess } from "#host/run-folder.ts";

/** What a run of `ansible-playbook` came to. */
export interface PlaybookRun {
  readonly exitCode: number;
  readonly log: TaskLog;
  /** Its tasks; one that failed where the run went well in the end was rescued, or its host may be unreachable. */
  readonly tasks: readonly Task[];
  /** What it printed besides events, the last of it. */
  readonly said: string;
}

/** How many lines of what Ansible says by itself are kept. */
const KEPT = 40;

/**
 * Runs `ansible-playbook` to its end. A run that is aborted ends after the signal that Ansible takes as Ctrl-C.
 *
 * @param onTask - told when a task begins, and again with its status when it ends
 */
export function runPlaybook(program: string, cwd: string, make: (place: Workspace) => Invocation, signal: AbortSignal, onTask: (task: Task, log: TaskLog) => void): Promise<PlaybookRun> {
  return withWorkspace(async (place) => {
    const { argv, env, stdin, host, files } = make(place);
    for (const [file, content] of Object.entries(files)) await writeFile(file, content, { mode: 0o600 });
    const log = makeTaskLog(host);
    const said: string[] = [];
    const path = `${dirname(program)}:${process.env["PATH"] ?? ""}`;
    const child = execa(program, argv, { cwd, env: { ...env, PATH: path }, input: stdin, reject: false, all: true, buffer: false, lines: true, cancelSignal: signal, killSignal: "SIGINT", forceKillAfterDelay: 10_000 });
    // A program that cannot be started has nothing to read from.
    if (child.pid === undefined) return { exitCode: 255, log, tasks: [], said: (await child).shortMessage ?? "" };
    noteProcess(place.directory, child.pid);
    for await (const line of child.iterable({ from: "all" })) {
      const event = parseEvent(line);
      const task = event === undefined ? undefined : log.hear(event);
      if (task !== undefined) onTask(task, log);
      if (event === undefined) said.push(line);
      if (said.length > KEPT) said.shift();
    }
    const { exitCode = 255, failed, shortMessage } = await child;
    if (failed && exitCode === 255) said.push(shortMessage ?? "");
    const tasks = exitCode === 0 ? log.tasks.map((task): Task => (isFailed(task) ? { ...task, status: "ignored" } : task)) : log.tasks;
    return { exitCode, log, tasks, said: said.join("\n").trim() };
  });
}
