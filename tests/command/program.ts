import { local } from "@pulumi/command";
import { Config } from "@pulumi/pulumi";

const config = new Config();
const word = config.require("word");
const file = config.require("file");

const greet = new local.Command("greet", { create: `echo ${word} >>${file}; echo made ${word}`, delete: `echo gone ${word} >>${file}`, triggers: [config.require("trigger")] });
const after = new local.Command("after", { create: "cat", stdin: greet.stdout });

export const said = after.stdout;
export const now = local.runOutput({ command: "echo now" }).stdout;
