import { local } from "#host/local.ts";
import { ssh } from "#host/ssh.ts";
import { tree } from "#host/tree.ts";
import type { Connection } from "#model/connection.ts";
import type { Transport } from "#model/transport.ts";

/** The way to a host. Nothing is opened before the first exchange. */
export function connect(to: Connection): Transport {
  switch (to.via) {
    case "ssh":
      return ssh(to);
    case "local":
      return local(to);
    case "tree":
      return tree(to);
  }
}
