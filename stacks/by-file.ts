import { basename } from "node:path";
import { Config } from "@pulumi/pulumi";
import { MachineFile } from "#components/machine-file.ts";

/** What `steading up desk.yaml` runs: the machine of a YAML file. */
const config = new Config();
const path = config.require("file");

const machine = new MachineFile(basename(path).replace(/\.ya?ml$/, ""), { path });

export const os = machine.host.os.apply((system) => system.name);
