/** A run that is killed when its step `argv[3]` begins: connection as JSON in `argv[2]`. */
import type { Connection } from "#model/connection.ts";
import { items, up } from "./program.ts";

const [, , connection = "", at = ""] = process.argv;
await up(JSON.parse(connection) as Connection, items, [], (index) => {
  if (index === Number(at)) process.kill(process.pid, "SIGKILL");
});
