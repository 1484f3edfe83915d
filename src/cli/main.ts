import { enableCompileCache } from "node:module";
import { loadSdkLazily } from "#engine/lazy-sdk.ts";

enableCompileCache();
loadSdkLazily();

const { run } = await import("#cli/command.ts");
await run(process.argv.slice(2));
