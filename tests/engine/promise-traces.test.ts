import { createRequire } from "node:module";
import "#engine/sdk.ts";

const sdk = createRequire(import.meta.url)("@pulumi/pulumi/runtime/debuggable.js") as { debuggablePromise: <T>(promise: Promise<T>, context: string) => Promise<T> };

test("a promise of the SDK knows what it is for, and nobody takes time to find where it was made", async () => {
  const limit = Error.stackTraceLimit;
  const promise = Promise.resolve(7);
  expect(await sdk.debuggablePromise(promise, "seven")).toBe(7);
  expect(Reflect.get(promise, "_debugCtx")).toBe("seven");
  expect(Reflect.get(promise, "_debugStackTrace")).toMatch(/^Error:? ?$/);
  expect(Error.stackTraceLimit).toBe(limit);
  expect(new Error("an error as ever").stack).toContain("promise-traces.test.ts");
});
