import { enableCompileCache } from "node:module";
import { deferModules } from "./defer-modules.ts";

enableCompileCache();
deferModules();

const { run } = await import("#cli/command.ts");
await run(process.argv.slice(2));
