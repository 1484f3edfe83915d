/** Who is told of errors of a program that nobody awaits; undefined while no program was run. */
let listener: ((error: unknown) => void) | undefined;

const handler = (error: unknown): void => listener?.(error);

const exit = process.exit.bind(process);

const exits = new WeakSet<object>();

/** True for what a program throws that wanted to end its process. */
export const isExit = (error: unknown): boolean => typeof error === "object" && error !== null && exits.has(error);

/** A program cannot end the process that runs it, and its operation: it fails instead. */
function refuseExit(code: string | number | null | undefined = process.exitCode): never {
  const error = new Error(`the program ended its process, with exit status ${String(code ?? 0)}: it must run to its end`);
  exits.add(error);
  listener?.(error);
  throw error;
}

/** Tells `tell` of every error that nobody awaits, in place of whoever was told before, until `stopListening`; that the program ended the process is one. */
export function listenForUncaught(tell: (error: unknown) => void): void {
  if (listener === undefined) {
    process.on("uncaughtException", handler);
    process.on("unhandledRejection", handler);
    process.exit = refuseExit;
  }
  listener = tell;
}

/** Ends it, once what has failed until now is told. Errors that nobody awaits end the process again. */
export async function stopListening(): Promise<void> {
  // Node tells of rejections when the microtasks are through.
  await new Promise((resolve) => setImmediate(resolve));
  listener = undefined;
  process.exit = exit;
  process.off("uncaughtException", handler);
  process.off("unhandledRejection", handler);
}
