import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa, execaSync } from "execa";
import type { SshConnection } from "#model/connection.ts";

/** What an exchange ended with. */
export type Outcome = { readonly said: string } | { readonly code: string; readonly hostState: string; readonly message: string };

/** Why no namespace with another home can be made here; undefined when one can. */
export const homeObstacle = (): string | undefined => (execaSync("unshare", ["--mount", "true"], { reject: false }).failed ? "no mount namespace can be made here" : undefined);

/** What ssh(1) reads of a user and a machine; what is not said is empty. */
export interface HomeFiles {
  readonly knownHosts?: string;
  readonly config?: string;
  /** /etc/ssh/ssh_config. */
  readonly systemConfig?: string;
  /** Lines before those of this machine's /etc/hosts. */
  readonly hosts?: string;
}

/** A user's own ssh files, and a process that connects as that user would. */
export interface Home {
  readonly directory: string;
  /** Replaces the user's files. */
  readonly set: (files: HomeFiles) => void;
  /** The real transport, as that user. */
  readonly ask: (to: SshConnection) => Promise<Outcome>;
  /** Runs a command as that user. */
  readonly run: (argv: readonly [string, ...string[]]) => string;
  readonly remove: () => Promise<void>;
}

/**
 * ssh(1) finds a user's files by passwd(5), whatever the environment says. So the process lives in a mount namespace where
 * /etc/passwd, /etc/hosts and /etc/ssh are others; nothing of this machine is changed.
 */
export function sshHome(): Home {
  const directory = mkdtempSync("/run/steading-home-");
  const file = (name: string) => join(directory, name);
  for (const name of [".ssh", "etc-ssh", "runtime"]) mkdirSync(file(name), { mode: 0o700 });
  writeFileSync(file("passwd"), readFileSync("/etc/passwd", "utf8").replace(/^(root:(?:[^:]*:){4})[^:]*/m, `$1${directory}`));
  copyFileSync("/etc/hosts", file("hosts"));
  const hosts = readFileSync("/etc/hosts", "utf8");
  const enter = `cd "$1" && mount --bind passwd /etc/passwd && mount --bind hosts /etc/hosts && mount --bind etc-ssh /etc/ssh && shift && exec "$@"`;
  const argv = (rest: readonly string[]) => ["--mount", "sh", "-c", enter, "sh", directory, ...rest];
  const env = { XDG_RUNTIME_DIR: file("runtime"), SSH_AUTH_SOCK: "" };
  const child = execa("unshare", argv([process.execPath, new URL("ask.ts", import.meta.url).pathname]), { env, stdin: "pipe", stderr: "inherit", reject: false, buffer: false });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    directory,
    set({ knownHosts = "", config = "", systemConfig = "", hosts: more = "" }) {
      writeFileSync(file(".ssh/known_hosts"), knownHosts);
      writeFileSync(file(".ssh/config"), config, { mode: 0o600 });
      writeFileSync(file("etc-ssh/ssh_config"), systemConfig, { mode: 0o644 });
      writeFileSync(file("hosts"), `${more}\n${hosts}`);
    },
    async ask(to) {
      child.stdin.write(`${JSON.stringify(to)}\n`);
      const { value, done } = await answers.next();
      if (done === true) throw new Error("the process that asks ended");
      return JSON.parse(value) as Outcome;
    },
    run: ([program, ...args]) => execaSync("unshare", argv([program, ...args]), { env, all: true, reject: false }).all,
    async remove() {
      child.stdin.end();
      await child;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
