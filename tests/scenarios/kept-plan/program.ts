import { appendFileSync } from "node:fs";
import { Config, runtime } from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { directory } from "#kinds/directory.ts";
import { file } from "#kinds/file.ts";
import type { Connection } from "#model/connection.ts";

const config = new Config();
const host = new Host("desk", { connection: config.requireObject<Connection>("connection") });
// Somebody else, between the preview and the run that follows it.
const meddles = config.get("meddles");
if (meddles !== undefined && !runtime.isDryRun()) appendFileSync(meddles, "meddled\n");

host.layer("base", [
  directory("srv", { path: "/srv/app" }),
  file("motd", { path: "/etc/motd", content: config.require("content") }),
  file("token", { path: "/etc/token", content: config.requireSecret("token"), mode: "0600" }),
]);
// On the same host: its ledger has changed by the time this layer is applied.
if (config.getBoolean("more") !== false) host.layer("more", [file("issue", { path: "/etc/issue", content: "more\n" })]);
