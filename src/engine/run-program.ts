import type { DiagnosticEvent } from "#engine/events.ts";
import { explainError } from "#engine/explain-error.ts";
import type { Deployment } from "#engine/deployment.ts";
import { engineService, refuse, resourceMonitor } from "#engine/monitor.ts";
import { refusedCallbacks } from "#engine/refused-callbacks.ts";
import { loadProgram } from "#engine/program.ts";
import type { Program } from "#engine/program.ts";
import type { ProgramSettings } from "#engine/program-settings.ts";
import { runInSdk } from "#engine/sdk.ts";
import { isExit, listenForUncaught } from "#engine/uncaught.ts";

/** A program and what it runs with. */
export interface ProgramOptions extends ProgramSettings {
  readonly program: Program;
  readonly report: (event: DiagnosticEvent) => void;
}

/**
 * An error that ends a run which the engine has told of already: all that the SDK makes of it says so (pulumi sdk/nodejs
 * runtime/resource.ts). The code alone is also that of a command which ended with 1.
 */
const isKnown = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === 14 && error.message.includes("Resource monitor is terminating");

/** An error of the program as the Pulumi CLI shows it: some hide where they come from. */
function explainProgramError(error: unknown): DiagnosticEvent {
  const hidden = error instanceof Error && ("__pulumiRunError" in error || ("hideStack" in error && error.hideStack === true));
  const told = explainError(hidden ? error.message : error);
  return { ...told, fromProgram: true };
}

/** Rejects when nothing is left that could ever go on: the program waits for something that never comes. */
function stuck(): { readonly promise: Promise<never> } & Disposable {
  const { promise, reject } = Promise.withResolvers<never>();
  const onEmpty = (): void => reject(new Error("the program waits for a value that never comes"));
  process.once("beforeExit", onEmpty);
  return { promise, [Symbol.dispose]: () => void process.off("beforeExit", onEmpty) };
}

/**
 * Runs a stack's program in this process and answers it from `deployment`. Returns false when the program failed, in any way;
 * what it says is reported; whether a resource failed is the deployment's to say. Nothing is waited for after that has ended the run.
 */
export async function runProgram(deployment: Deployment, { program, report, ...options }: ProgramOptions): Promise<boolean> {
  const told = new Set<unknown>();
  const ended = Promise.withResolvers<undefined>();
  const tell = (error: unknown): void => {
    if (told.has(error)) return;
    told.add(error);
    if (!isKnown(error)) report(explainProgramError(error));
    if (isExit(error)) ended.resolve(undefined);
  };
  const monitor = resourceMonitor(deployment, program.directory);
  const engine = engineService((event) => {
    if (event.severity === "error") told.add(event);
    report(event);
  });
  const callbacks = refusedCallbacks((what) => refuse(deployment, what));
  const before = process.cwd();
  process.chdir(program.directory);
  // Until the operation ends: a program that failed may go on failing.
  listenForUncaught(tell);
  using end = stuck();
  try {
    const order = await Promise.race([runInSdk({ ...options, monitor, engine, callbacks }, () => loadProgram(program.file)), deployment.stopped, ended.promise, end.promise]);
    if (order !== undefined) deployment.declarations.order(order);
    const status = process.exitCode ?? 0;
    process.exitCode = undefined;
    if (status !== 0) tell(new Error(`the program set the exit status ${String(status)}`));
  } catch (error) {
    tell(error);
  } finally {
    // Rejections that nobody awaits are told of one turn later.
    await new Promise((resolve) => setImmediate(resolve));
    await deployment.idle();
    process.chdir(before);
  }
  return told.size === 0;
}
