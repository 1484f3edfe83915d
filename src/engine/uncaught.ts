/** Who is told of errors of a program that nobody awaits; undefined while no program was run. */
let listener: ((error: unknown) => void) | undefined;

const handler = (error: unknown): void => listener?.(error);

/** Tells `tell` of every error that nobody awaits, in place of whoever was told before, until `stopListening`. */
export function listenForUncaught(tell: (error: unknown) => void): void {
  if (listener === undefined) {
    process.on("uncaughtException", handler);
    process.on("unhandledRejection", handler);
  }
  listener = tell;
}

/** Ends it, once what has failed until now is told. Errors that nobody awaits end the process again. */
export async function stopListening(): Promise<void> {
  // Node tells of rejections when the microtasks are through.
  await new Promise((resolve) => setImmediate(resolve));
  listener = undefined;
  process.off("uncaughtException", handler);
  process.off("unhandledRejection", handler);
}
