import { Config } from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { command } from "#kinds/command.ts";
import { file } from "#kinds/file.ts";

// A layer that takes its time, and one that comes behind it.
const host = new Host("tree", { connection: { via: "tree", root: new Config().require("root") } });
const slow = host.layer("slow", [command("slow", { probe: ["test", "-e", "/srv/ended"], apply: ["sh", "-c", "mkdir -p /srv; echo >>/srv/begun; sleep 3; echo >/srv/ended"], undo: ["rm", "-rf", "/srv"], risk: "none" })]);
host.layer("next", [file("next", { path: "/etc/next", content: "next\n" })], { dependsOn: [slow] });
