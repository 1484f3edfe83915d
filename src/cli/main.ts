import { enableCompileCache } from "node:module";
import { runModulesAgain } from "../engine/run-again.ts";
import { deferModules } from "./defer-modules.ts";

enableCompileCache();
deferModules();
runModulesAgain();
// Whoever reads what is said may stop to read, or the disk may be full: what is begun on a host is ended all the same.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

const { run } = await import("#cli/command.ts");
await run(process.argv.slice(2));
