import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { execa, execaSync } from "execa";
import type { SshConnection } from "#model/connection.ts";

/** Why no sshd can be started here; undefined when one can. */
export const sshdObstacle: string | undefined =
  process.getuid?.() !== 0 ? "only root can start an sshd that lets root in" : existsSync("/usr/sbin/sshd") ? undefined : "openssh-server is not installed";

/** A real sshd on loopback; logins land in `root`, as root. */
export interface TestSshd {
  readonly connection: SshConnection;
  /** Accepted connections so far, from sshd's own log. */
  readonly handshakes: () => number;
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/** How an sshd differs from the usual one. */
export interface SshdOptions {
  /** @defaultValue `127.0.0.1` */
  readonly address?: string;
  /** @defaultValue one that is free */
  readonly port?: number;
  /** File of a private key, its public one beside it. @defaultValue a fresh one */
  readonly hostKey?: string;
  /** Lines of sshd_config(5); they come first, and the first value wins. */
  readonly settings?: readonly string[];
  /** Lines of passwd(5) that only this server knows, before this machine's: it runs in a mount namespace of its own. @defaultValue none */
  readonly users?: readonly string[];
}

/** Starts sshd(8) (Debian package openssh-server) with a fresh host key, a fresh login key and `ChrootDirectory root`. Needs root. */
export async function startSshd(root?: string, options: SshdOptions = {}): Promise<TestSshd> {
  const directory = mkdtempSync("/run/steading-sshd-");
  const file = (name: string) => join(directory, name);
  for (const name of ["host", "login"]) execaSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file(name)]);
  const { address = "127.0.0.1", port = await freePort(), hostKey = file("host"), settings = [], users = [] } = options;
  const config = [
    ...settings,
    `ListenAddress ${address}`,
    `Port ${port.toString()}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${file("login.pub")}`,
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "StrictModes no",
    "UsePAM no",
    "LogLevel VERBOSE",
    "PidFile none",
    ...(root === undefined ? [] : [`ChrootDirectory ${root}`]),
  ];
  writeFileSync(file("config"), `${config.join("\n")}\n`);
  execaSync("mkdir", ["-p", "/run/sshd"]);
  writeFileSync(file("passwd"), [...users.map((user) => `${user}\n`), readFileSync("/etc/passwd", "utf8")].join(""));
  const enter = 'mount --bind "$1" /etc/passwd && shift && exec "$@"';
  const namespace = users.length === 0 ? [] : ["unshare", "--mount", "sh", "-c", enter, "sh", file("passwd")];
  const daemon = execa("env", [...namespace, "/usr/sbin/sshd", "-D", "-f", file("config"), "-E", file("log")], { reject: false, stdio: "ignore" });
  const log = () => (existsSync(file("log")) ? readFileSync(file("log"), "utf8") : "");
  while (!log().includes("Server listening")) await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    connection: { via: "ssh", address, port, user: "root", hostKey: readFileSync(`${hostKey}.pub`, "utf8").trim(), identityFile: file("login") },
    log,
    handshakes: () => log().split("Accepted publickey").length - 1,
    stop: async () => {
      daemon.kill("SIGTERM");
      await daemon;
      execaSync("pkill", ["-f", `-p ${port.toString()} -i ${file("login")}`], { reject: false });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A port that nobody listens on. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => { resolve(typeof address === "object" && address ? address.port : 0); });
    });
  });
