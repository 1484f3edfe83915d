import { Config, secret } from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { command } from "#kinds/command.ts";
import { file } from "#kinds/file.ts";
import { user } from "#kinds/user.ts";
import type { Connection } from "#model/connection.ts";

const config = new Config();
/** Texts that are nowhere in clear before the program runs. */
const backwards = (key: string): string => Array.from(config.require(key)).reverse().join("");
const host = new Host("desk", { connection: config.requireObject<Connection>("connection") });
const token = config.requireSecret("token");
const fails = config.getBoolean("fails") === true;
const stuck = config.getBoolean("stuck") === true;

host.layer("keeps", [
  file("token", { path: "/etc/token", content: token, mode: "0600" }),
  file("made", { path: "/etc/made", content: secret(backwards("made")), mode: "0600" }),
  user("ada", { name: "ada", passwordHash: backwards("hash") }),
  command("quiet", { probe: ["test", "-f", "/etc/quiet"], apply: ["sh", "-c", "cat; cat >/dev/null; touch /etc/quiet"], stdin: token, undo: stuck ? ["false"] : ["rm", "/etc/quiet"] }),
  ...(fails ? [command("loud", { probe: ["test", "-f", "/etc/loud"], apply: ["sh", "-c", "read -r line; echo $line; echo $line >&2; exit 3"], stdin: token, undo: ["true"], needs: ["path:/etc/token", "path:/etc/made", "user:ada", "command:sh -c cat; cat >/dev/null; touch /etc/quiet"] })] : []),
]);
export const shown = token;
