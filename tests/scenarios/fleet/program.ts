import { Config } from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { Layer } from "#components/layer.ts";
import { file } from "#kinds/file.ts";
import type { SshConnection } from "#model/connection.ts";

/** A host of the fleet, and how it differs from the others. */
export interface FleetHost extends Partial<SshConnection> {
  readonly address: string;
  /** Of its file. @defaultValue the same for all */
  readonly mode?: string;
}

const config = new Config();
const usual = config.requireObject<SshConnection>("connection");
const content = config.require("content");
for (const { mode, ...own } of config.requireObject<readonly FleetHost[]>("hosts")) {
  const connection: SshConnection = { ...usual, ...own };
  const name = `${connection.address}:${String(connection.port)}`;
  const host = new Host(name, { connection });
  const items = [file("motd", { path: "/etc/motd", content, ...(mode === undefined ? {} : { mode }) })];
  new Layer(`app on ${name}`, { host: host.connection, layer: "app", items }, { parent: host });
}
