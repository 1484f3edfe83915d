import { Config } from "@pulumi/pulumi";
import { AnsiblePlaybook } from "#components/ansible-playbook.ts";
import { Host } from "#components/host.ts";
import type { Connection } from "#model/connection.ts";

const config = new Config();
const host = new Host("desk", { connection: config.requireObject<Connection>("connection") });
const undoPlaybook = config.get("undoPlaybook");
export const recap = new AnsiblePlaybook("site", {
  host,
  playbook: config.require("playbook"),
  extraVars: { token: config.requireSecret("token"), broken: config.getBoolean("broken") === true, shell: "sh" },
  vaultPassword: config.requireSecret("vaultPassword"),
  groups: ["web"],
  ansible: config.require("ansible"),
  ...(undoPlaybook === undefined ? {} : { undoPlaybook }),
}).recap;
