import { flushCompileCache } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

/**
 * Runs a policy pack: `node pack-main.ts <entry>`, in the pack's directory. The first line of stdin is a JSON object of variables for
 * `@pulumi/pulumi` (its configuration holds secrets, which are in no process' environment from the start); stdin's end is the end of
 * the process, for whoever started it may have been killed (pulumi sdk/nodejs cmd/run-policy-pack does the same without both, and
 * loads a TypeScript compiler).
 */
const [, , entry = ""] = process.argv;

const lifeline = new Worker(new URL("pack-lifeline.ts", import.meta.url));
const settings = await new Promise<string>((resolve) => lifeline.once("message", resolve));
Object.assign(process.env, JSON.parse(settings));
// A pack that serves nothing ends by itself.
lifeline.unref();

try {
  const pack: unknown = await import(pathToFileURL(entry).href);
  if (typeof pack === "object" && pack !== null && "default" in pack && typeof pack.default === "function") await (pack.default as () => unknown)();
  // It is killed in the end, and what was compiled would be compiled again.
  flushCompileCache();
} catch (error) {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const own = trace.split("\n").filter((line) => !line.includes("(node:internal/") && !line.includes("at node:internal/"));
  process.stderr.write(`${own.join("\n")}\n`);
  process.exitCode = 1;
}
