import { Config } from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { command } from "#kinds/command.ts";
import { directory } from "#kinds/directory.ts";
import { file } from "#kinds/file.ts";
import { group } from "#kinds/group.ts";
import { symlink } from "#kinds/symlink.ts";
import { user } from "#kinds/user.ts";
import type { Connection } from "#model/connection.ts";

const host = new Host("tree", { connection: new Config().requireObject<Connection>("connection") });
host.layer("all", [
  directory("srv", { path: "/srv" }),
  directory("app", { path: "/srv/app", mode: "0750", owner: "app", group: "crew" }),
  file("motd", { path: "/etc/motd", content: "Welcome home.\n" }),
  file("conf", { path: "/srv/app/conf", content: "key = value\n", mode: "0640", owner: "app", group: "crew" }),
  symlink("link", { path: "/etc/app", target: "/srv/app" }),
  group("crew", { name: "crew", gid: 3000 }),
  user("app", { name: "app", comment: "The App", shell: "/bin/sh", group: "crew", system: true }),
  command("mark", { probe: ["test", "-f", "/var/lib/mark"], apply: ["touch", "/var/lib/mark"], undo: ["rm", "/var/lib/mark"], needs: ["user:app"] }),
]);
