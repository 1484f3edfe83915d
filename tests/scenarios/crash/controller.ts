/** A run that is killed when its step `argv[3]` begins: connection as JSON in `argv[2]`; with `argv[4]` that step hangs. */
import type { Connection } from "#model/connection.ts";
import { hanging, items, up } from "./program.ts";

const [, , connection = "", at = "", hangs] = process.argv;
await up(JSON.parse(connection) as Connection, hangs === undefined ? items : hanging, [], (index) => {
  if (index === Number(at)) process.kill(process.pid, "SIGKILL");
});
