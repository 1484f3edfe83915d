import { Config } from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { directory } from "#kinds/directory.ts";
import { file } from "#kinds/file.ts";
import { packageKind } from "#kinds/package.ts";
import { systemdService } from "#kinds/systemd-service.ts";
import type { Connection } from "#model/connection.ts";
import { thingsWith } from "./things.ts";

const config = new Config();
const things = thingsWith(config.requireNumber("files"));
const host = new Host("host", { connection: config.requireObject<Connection>("connection") });

host.layer("things", [
  directory("settings", { path: things.directory.path }),
  ...things.packages.map((name) => packageKind(name, { package: name })),
  systemdService(things.service, { unit: things.service }),
  ...things.files.map(({ path, content }, index) => file(String(index), { path, content })),
]);
