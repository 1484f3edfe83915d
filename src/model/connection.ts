import { either, integer, object, oneOf, optional, path, propsOf, secretly, text } from "#model/schema.ts";
import type { Schema } from "#model/schema.ts";

/**
 * What becomes of a change while its host does not answer. `fail`: the run fails. `forget`: it is left out with a warning; a layer
 * that was to be taken back is forgotten. `queue`: it is left to the next run that reaches the host.
 */
export type WhenUnreachable = "fail" | "forget" | "queue";

/** A machine reached with the system's OpenSSH: its agent, ssh_config, jump hosts and hardware keys all count. */
export interface SshConnection {
  via: "ssh";
  /** Host name, address, or a `Host` of ssh_config. */
  address: string;
  /** @defaultValue what ssh_config says, else 22 */
  port?: number;
  /** Login user; anyone but root goes on through sudo. @defaultValue `root` */
  user?: string;
  /** The host's public key, `ssh-ed25519 AAAA…`. Without it the user's known_hosts must know the host. */
  hostKey?: string;
  /** Private key file on the controlling machine. */
  identityFile?: string;
  /** For sudo; handed over on stdin. Without it sudo must not ask. */
  sudoPassword?: string;
  /** What becomes of a change while the host does not answer; a host that refuses always fails. @defaultValue `fail` */
  whenUnreachable?: WhenUnreachable;
  /** For a change that could cut the connection: how many seconds the host waits for a new one before it undoes the change. @defaultValue 60 */
  confirmSeconds?: number;
  /** How the host is reached as long as the stack has not changed it, where that differs: the port, address, user or key before. */
  formerly?: FormerConnection;
}

/** What was different about an ssh connection; what is left out was the same. */
export type FormerConnection = Partial<Pick<SshConnection, "address" | "port" | "user" | "hostKey" | "identityFile">>;

/** This very machine. */
export interface LocalConnection {
  via: "local";
  /** For sudo; handed over on stdin. Without it sudo must not ask, or Steading runs as root. */
  sudoPassword?: string;
}

/** An unbooted directory tree that holds an operating system. */
export interface TreeConnection {
  via: "tree";
  /** The directory that is the tree's `/`. */
  root: string;
}

/** How a host is reached. Never a reason for a difference. */
export type Connection = SshConnection | LocalConnection | TreeConnection;

const via = <T extends string>(word: T): Schema<T> => ({ json: { type: "string", const: word } });
const sudoPassword = optional(secretly(text(/^[^\n\0]+$/)));

/** A host name or address as ssh(1) takes it. */
export const ADDRESS = /^[A-Za-z0-9_][A-Za-z0-9_.:%-]*$/;

const address = text(ADDRESS, "a host name or address that does not start with -");
const port = integer(1, 65535, "a port from 1 to 65535");
const login = text(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "a login name that does not start with -");
const hostKey = text(/^(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+( .*)?$/, "the line from /etc/ssh/ssh_host_ed25519_key.pub");

/** One schema per way to reach a host, found by `via`. */
export const connectionProps = {
  ssh: propsOf<SshConnection>()({
    via: via("ssh"),
    address,
    port: optional(port),
    user: optional(login),
    hostKey: optional(hostKey),
    identityFile: optional(path),
    sudoPassword,
    whenUnreachable: optional(oneOf("fail", "forget", "queue")),
    confirmSeconds: optional(integer(5, 3600, "5 to 3600 seconds")),
    formerly: optional(
      object(
        propsOf<FormerConnection>()({
          address: optional(address),
          port: optional(port),
          user: optional(login),
          hostKey: optional(hostKey),
          identityFile: optional(path),
        }),
      ),
    ),
  }),
  local: propsOf<LocalConnection>()({ via: via("local"), sudoPassword }),
  tree: propsOf<TreeConnection>()({ via: via("tree"), root: path }),
} as const;

/** Any connection. */
export const connection: Schema<Connection> = either(
  either(object(connectionProps.ssh), object(connectionProps.local)),
  object(connectionProps.tree),
);

/** The name that messages and progress lines give a host. */
export const hostName = (to: Connection): string =>
  to.via === "ssh" ? to.address : to.via === "local" ? "localhost" : to.root;

