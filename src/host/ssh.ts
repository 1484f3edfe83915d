import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { untilLetIn } from "#host/busy.ts";
import { LOADER, runThrough, sudoArgv, sudoRefusal } from "#host/exchange.ts";
import type { Starter } from "#host/exchange.ts";
import { persistSeconds } from "#host/fleet.ts";
import type { SshConnection } from "#model/connection.ts";
import { Fault, isFault } from "#model/fault.ts";
import { quoteAll } from "#model/quote.ts";
import type { Transport } from "#model/transport.ts";

/** Sockets and pinned keys: short, as socket paths are limited to about 104 bytes (unix(7)), and private. */
function runtimeDirectory(): string {
  const base = process.env["XDG_RUNTIME_DIR"] ?? join(tmpdir(), `steading-${userInfo().uid.toString()}`);
  const directory = join(base, "steading");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}

/** ssh(1) options for a connection. The control socket's name covers everything that decides who is on the other side. */
export function sshOptions(to: SshConnection): readonly string[] {
  const directory = runtimeDirectory();
  const identity = createHash("sha256").update(JSON.stringify([to.address, to.port, to.user, to.hostKey, to.identityFile])).digest("hex").slice(0, 20);
  const options = [
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
    "ControlMaster=auto",
    `ControlPersist=${persistSeconds().toString()}`,
    `ControlPath=${join(directory, identity)}`,
    "ConnectTimeout=15",
    "ServerAliveInterval=5",
    "ForwardAgent=no",
    "ForwardX11=no",
    "PermitLocalCommand=no",
  ];
  if (to.hostKey !== undefined) {
    const pinned = join(directory, `${identity}.pub`);
    writeFileSync(pinned, `steading-pinned ${to.hostKey}\n`, { mode: 0o600 });
    options.push("HostKeyAlias=steading-pinned", `UserKnownHostsFile=${pinned}`, "GlobalKnownHostsFile=none", "CheckHostIP=no");
  }
  return [
    ...options.flatMap((option) => ["-o", option]),
    ...(to.port === undefined ? [] : ["-p", to.port.toString()]),
    ...(to.identityFile === undefined ? [] : ["-i", to.identityFile, "-o", "IdentitiesOnly=yes"]),
    "-l",
    to.user ?? "root",
  ];
}

/** How long a host that did not answer is not asked again. */
const SILENCE_MS = 20_000;

/** Exit status of ssh(1) for its own failures. */
const SSH_FAILED = 255;

/** What ssh(1) says on stderr when the other side said no, as against when nobody answered. */
const refusals = /host key verification failed|no .* host key is known|remote host identification has changed|permission denied|too many authentication failures|revoked/i;

/** A host over the system's OpenSSH: one handshake, then a shared connection. */
export function ssh(to: SshConnection): Transport {
  const options = sshOptions(to);
  const asRoot = (to.user ?? "root") === "root";
  const command = asRoot ? ["/bin/sh", "-c", LOADER] : [...sudoArgv(to.sudoPassword), "/bin/sh", "-c", LOADER];
  const refusal = (stderr: string, exitCode: number) => {
    if (exitCode !== SSH_FAILED) return sudoRefusal(to.address, stderr);
    const reason = stderr.trim();
    const refused = refusals.test(reason);
    return new Fault(refused ? "host.refused" : "host.unreachable", {
      host: to.address,
      hostState: "untouched",
      detail: { reason },
      message: refused ? refusedMessage(to, reason) : `${to.address}: cannot be reached: ${reason}. Try: ssh ${to.user ?? "root"}@${to.address}`,
    });
  };
  const starter: Starter = {
    name: to.address,
    argv: ["ssh", ...options, "-T", "--", to.address, `exec ${quoteAll(command)}`],
    refusal,
    ...(to.sudoPassword === undefined || asRoot ? {} : { password: to.sudoPassword }),
  };
  // For ssh(1) the first of two values counts.
  const alone = ["-o", "ControlMaster=no", "-o", "ControlPath=none", "-o", "ConnectTimeout=5", ...options];
  const silence = silenceOf();
  let opening: Promise<void> | undefined;
  return {
    name: to.address,
    lasting: true,
    fresh: (script) => runThrough({ ...starter, argv: ["ssh", ...alone, "-T", "--", to.address, `exec ${quoteAll(command)}`] }, script),
    async exchange(script, onLine) {
      await opening;
      silence.check();
      try {
        return await untilLetIn(() => runThrough(starter, script, onLine));
      } catch (error) {
        silence.note(error);
        throw error;
      }
    },
    warm() {
      // A refusal is told by the exchange that needs the connection; silence need not be waited for twice.
      opening ??= openMaster([...options, "-N", "-f", "--", to.address]).then((stderr) => {
        if (stderr !== undefined) silence.note(refusal(stderr, SSH_FAILED));
      });
    },
    close: () => Promise.resolve(),
  };
}

/** Remembers for a while that a host does not answer: all who wait for it in a run wait once. */
function silenceOf(): { readonly note: (error: unknown) => void; readonly check: () => void } {
  let last: { readonly fault: Fault; readonly at: number } | undefined;
  return {
    note(error) {
      if (isFault(error, "host.unreachable")) last = { fault: error, at: performance.now() };
    },
    check() {
      if (last && performance.now() - last.at < SILENCE_MS) throw last.fault;
    },
  };
}

/** Starts a shared connection; resolves when it stands, or with what ssh(1) said when it does not. */
function openMaster(args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn("ssh", args, { stdio: ["ignore", "ignore", "pipe"] });
    const said: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    child.once("error", ({ message }) => { resolve(message); });
    child.once("exit", (code) => {
      // The connection that stays behind has the pipe, too: nobody waits for its end.
      setImmediate(() => {
        child.stderr.destroy();
        resolve(code === 0 ? undefined : Buffer.concat(said).toString());
      });
    });
  });
}

/** An unknown or changed host key, or a login that was refused: what to type. */
function refusedMessage(to: SshConnection, reason: string): string {
  if (!/host key/i.test(reason) && !/identification has changed/i.test(reason))
    return `${to.address}: refused the login of ${to.user ?? "root"}: ${reason}. Load the key (ssh-add) or name it as identityFile.`;
  const port = to.port === undefined ? "" : `-p ${to.port.toString()} `;
  return `${to.address}: host key not verified: ${reason}. If this is the right machine, give its key as hostKey; ssh-keyscan ${port}-t ed25519 ${to.address} prints the one it offers, compare it on the machine's console.`;
}
