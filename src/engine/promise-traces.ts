import { createRequire } from "node:module";

/** The part of the SDK that keeps, with every promise, where it was made (pulumi sdk/nodejs runtime/debuggable.ts); not declared. */
interface Debuggable {
  debuggablePromise?: unknown;
}

/**
 * Has the SDK keep no stack trace with each promise that it makes, about twenty per resource: they are most of the time and the
 * memory of a run with nothing to do, and only shown when a program never ends. Whoever looks for such a promise sets
 * `PULUMI_DEBUG_PROMISE_LEAKS`, and has them all.
 */
export function leaveOutPromiseTraces(env: NodeJS.ProcessEnv = process.env): void {
  if ((env["PULUMI_DEBUG_PROMISE_LEAKS"] ?? "") !== "") return;
  // Its modules call each other by what they export at the time.
  const sdk = createRequire(import.meta.url)("@pulumi/pulumi/runtime/debuggable.js") as Debuggable;
  const original = sdk.debuggablePromise;
  if (typeof original !== "function" || original.name === traceless.name) return;
  sdk.debuggablePromise = traceless;
  function traceless(...words: readonly unknown[]): unknown {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return Reflect.apply(original as () => unknown, undefined, words);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }
}
