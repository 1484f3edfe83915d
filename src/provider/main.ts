import { enableCompileCache } from "node:module";
import type { MakeProvider } from "#provider/contract.ts";

// Before anything large is loaded; hence the imports below are dynamic.
enableCompileCache();

/** `[flags] <engine host:port>`, as the engine starts a plugin. */
const engine = process.argv.slice(2).find((argument) => /^[^-].*:\d+$/.test(argument));

const [{ serve }, { watchEngine }, { version }] = await Promise.all([
  import("#provider/serve.ts"),
  import("#provider/lifeline.ts"),
  import("#provider/version.ts"),
]);

const load = async (): Promise<MakeProvider> => (await import("#provider/provider.ts")).makeProvider;
const serving = await serve(load, version, engine);
let ending = false;
const end = (): void => {
  if (ending) return;
  ending = true;
  void serving.stop().finally(() => process.exit(0));
};
process.on("SIGINT", end).on("SIGTERM", end);
watchEngine(engine, end);
// The first line of stdout, and the only one, is the port.
process.stdout.write(`${String(serving.port)}\n`);
// Loaded while the engine connects; what fails is told by the first request.
load().catch(() => undefined);
