import { Host } from "#components/host.ts";
import { file } from "#kinds/file.ts";
import { directory } from "#kinds/directory.ts";
const host = new Host("tree", { connection: { via: "tree", root: "/tmp/lead-tree" } });
host.layer("base", [directory("d", { path: "/srv/x" }), directory("srv", { path: "/srv" }), ...Array.from({ length: 98 }, (_, i) => file(`f${i}`, { path: `/srv/x/f${i}`, content: `hello ${i}\n` }))]);
export const os = host.os;
