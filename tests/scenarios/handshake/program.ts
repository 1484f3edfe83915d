import { Config } from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { file } from "#kinds/file.ts";
import type { Connection } from "#model/connection.ts";

const host = new Host("desk", { connection: new Config().requireObject<Connection>("connection") });
for (const name of ["one", "two", "three"]) host.layer(name, [file(name, { path: `/etc/${name}`, content: `${name}\n` })]);
