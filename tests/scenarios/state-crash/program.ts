import { Config } from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { directory } from "#kinds/directory.ts";
import { file } from "#kinds/file.ts";

const config = new Config();
const layers = config.requireNumber("layers");
for (const [at, root] of config.requireObject<string[]>("roots").entries()) {
  const host = new Host(`tree${String(at)}`, { connection: { via: "tree", root } });
  for (let index = 0; index < layers; index++) {
    const path = `/home/layer${String(index)}`;
    host.layer(`layer${String(at)}-${String(index)}`, [directory("dir", { path }), file("text", { path: `${path}/text`, content: config.requireSecret("token") })]);
  }
}
export const token = config.requireSecret("token");
