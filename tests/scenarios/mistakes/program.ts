import { Config } from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { Layer } from "#components/layer.ts";
import { Workstation } from "#components/workstation.ts";
import { command } from "#kinds/command.ts";
import { file } from "#kinds/file.ts";
import { sshdSetting } from "#kinds/sshd-setting.ts";
import { user } from "#kinds/user.ts";
import type { Connection } from "#model/connection.ts";
import type { Item } from "#model/kind.ts";
import type { Profile } from "#profiles/profile.ts";

const config = new Config();
const host = config.requireObject<Connection>("connection");
const wrong: readonly Item[] = [
  file("outside", { path: "/etc/../root/x", content: "" }),
  sshdSetting("port", { setting: "Port", value: "70000" }),
  user("bad", { name: "Bad Name" }),
  { kind: "teapot", name: "mine", want: {} },
];
const round: readonly Item[] = [
  command("egg", { probe: ["egg"], apply: ["lay"], undo: ["eat"], needs: ["command:hatch"] }),
  command("hen", { probe: ["hen"], apply: ["hatch"], undo: ["cook"], needs: ["command:lay"] }),
];
const motd = (content: string): Item => file("motd", { path: "/etc/motd", content });
const issue = file("issue", { path: "/etc/issue", content: "" });

if (config.getBoolean("workstation") === true) {
  const desk = new Host("desk", { connection: host });
  new Workstation("desk", { host: desk, profile: config.require("profile"), settings: config.getObject<Profile>("settings") ?? {} });
}
new Layer("wrong", { host, items: wrong });
new Layer("round", { host, items: round });
new Layer("twice", { host, items: [issue, issue] });
new Layer("one", { host, items: [motd("one\n"), ...round] });
new Layer("two", { host, items: [motd("two\n"), user("bad", { name: "9lives" })] });
