import { join } from "node:path";
import { Config, RunError } from "@pulumi/pulumi";
import { Host } from "steading/components/host.ts";
import { Workstation } from "steading/components/workstation.ts";
import { parseConnection } from "steading/src/provider/connection-input.ts";

// steading up --config host=ssh://root@192.0.2.7; without it, the machine that you sit at.
const address = new Config().get("host") ?? "local";
const connection = parseConnection(address);
if (connection === undefined) throw new RunError("host is no machine: write ssh://user@address:port without a password, or local");

const host = new Host("home", { connection });

new Workstation("home", { host, profile: join(import.meta.dirname, "../profile.yaml") });

export const os = host.os.apply((system) => system.name);
