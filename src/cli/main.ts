import { enableCompileCache } from "node:module";
import { runModulesAgain } from "../engine/run-again.ts";
import { deferModules } from "./defer-modules.ts";

enableCompileCache();
deferModules();
runModulesAgain();

const { run } = await import("#cli/command.ts");
await run(process.argv.slice(2));
