import { Config } from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { Workstation } from "#components/workstation.ts";
import type { Connection } from "#model/connection.ts";
import type { Profile } from "#profiles/profile.ts";

const config = new Config();
const host = new Host("desk", { connection: config.requireObject<Connection>("connection") });
new Workstation("desk", { host, profile: config.require("profile"), settings: config.getObject<Profile>("settings") ?? {} });
