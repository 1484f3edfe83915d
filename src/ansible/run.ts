import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { memoryDirectory } from "#host/memory.ts";
import { parseEvent } from "#ansible/events.ts";
import type { Invocation, Workspace } from "#ansible/invocation.ts";
import { makeTaskLog } from "#ansible/tasks.ts";
import type { Task, TaskLog } from "#ansible/tasks.ts";

/** What a run of `ansible-playbook` came to. */
export interface PlaybookRun {
  readonly exitCode: number;
  readonly log: TaskLog;
  /** Its tasks; one that failed where the run went well in the end was rescued. */
  readonly tasks: readonly Task[];
  /** What it printed besides events, the last of it. */
  readonly said: string;
}

/** How many lines of what Ansible says by itself are kept. */
const KEPT = 40;

/** Each in a folder of its own: Ansible takes all that is in one for the same sort. */
const PLUGINS = { "steading_inventory.py": "inventory", "steading_lines.py": "callback" } as const;

async function withWorkspace<T>(use: (place: Workspace) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(memoryDirectory(), "steading-ansible-"));
  try {
    for (const [file, folder] of Object.entries(PLUGINS)) {
      await mkdir(join(directory, folder));
      await copyFile(fileURLToPath(new URL(file, import.meta.url)), join(directory, folder, file));
    }
    const vaultProgram = join(directory, "vault-password");
    await writeFile(vaultProgram, '#!/bin/sh\nIFS= read -r line; printf "%s\\n" "$line"\n', { mode: 0o700 });
    return await use({ directory, vaultProgram });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Runs `ansible-playbook` to its end. A run that is aborted ends after the signal that Ansible takes as Ctrl-C.
 *
 * @param onTask - told when a task begins, and again with its status when it ends
 */
export function runPlaybook(program: string, cwd: string, make: (place: Workspace) => Invocation, signal: AbortSignal, onTask: (task: Task, log: TaskLog) => void): Promise<PlaybookRun> {
  return withWorkspace(async (place) => {
    const { argv, env, stdin } = make(place);
    const log = makeTaskLog();
    const said: string[] = [];
    const path = `${dirname(program)}:${process.env["PATH"] ?? ""}`;
    const child = execa(program, argv, { cwd, env: { ...env, PATH: path }, input: stdin, reject: false, all: true, buffer: false, lines: true, cancelSignal: signal, killSignal: "SIGINT", forceKillAfterDelay: 10_000 });
    for await (const line of child.iterable({ from: "all" })) {
      const event = parseEvent(line);
      const task = event === undefined ? undefined : log.hear(event);
      if (task !== undefined) onTask(task, log);
      if (event === undefined) said.push(line);
      if (said.length > KEPT) said.shift();
    }
    const { exitCode = 255, failed, shortMessage } = await child;
    if (failed && exitCode === 255) said.push(shortMessage ?? "");
    const tasks = exitCode === 0 ? log.tasks.map((task): Task => (task.status === "failed" ? { ...task, status: "ignored" } : task)) : log.tasks;
    return { exitCode, log, tasks, said: said.join("\n").trim() };
  });
}
