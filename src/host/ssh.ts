import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { untilLetIn } from "#host/busy.ts";
import { LOADER, runThrough, sudoCommand, sudoRefusal } from "#host/exchange.ts";
import type { Starter } from "#host/exchange.ts";
import { sharing } from "#host/fleet.ts";
import { keep, policyFile, runtimeDirectory } from "#host/ssh-policy.ts";
import { isHopSilent, PINNED, sshRefusal, withoutDebug } from "#host/ssh-refusal.ts";
import type { SshConnection } from "#model/connection.ts";
import { isFault } from "#model/fault.ts";
import { quoteAll } from "#model/quote.ts";
import type { Fault } from "#model/fault.ts";
import type { Transport } from "#model/transport.ts";

/** Options for a connection that ssh(1), scp(1) and sftp(1) read alike. The control socket's name covers everything that decides who is on the other side. */
export function sharedOptions(to: SshConnection): readonly string[] {
  const directory = runtimeDirectory();
  const identity = createHash("sha256").update(JSON.stringify([to.address, to.port, to.user, to.hostKey, to.identityFile])).digest("hex").slice(0, 20);
  const options = [`ControlPath=${join(directory, identity)}`];
  if (to.hostKey !== undefined) {
    const pinned = keep(`${identity}.pub`, `${PINNED} ${to.hostKey}\n`);
    options.push(`HostKeyAlias=${PINNED}`, `UserKnownHostsFile=${pinned}`, "GlobalKnownHostsFile=none", "KnownHostsCommand=none", "CheckHostIP=no");
  }
  return [
    "-F",
    policyFile(),
    ...options.flatMap((option) => ["-o", option]),
    ...(to.identityFile === undefined ? [] : ["-i", to.identityFile, "-o", "IdentitiesOnly=yes"]),
  ];
}

/** ssh(1) options for a connection. */
export const sshOptions = (to: SshConnection): readonly string[] => [...sharedOptions(to), ...(to.port === undefined ? [] : ["-p", to.port.toString()]), "-l", to.user ?? "root"];

/** How long a host that did not answer is not asked again. */
const SILENCE_MS = 20_000;

/** Exit status of ssh(1) for its own failures. */
const SSH_FAILED = 255;

/** A host over the system's OpenSSH: one handshake, then a shared connection. */
export function ssh(to: SshConnection): Transport {
  const options = sshOptions(to);
  const asRoot = (to.user ?? "root") === "root";
  const command = asRoot ? ["/bin/sh", "-c", LOADER] : sudoCommand(to.sudoPassword);
  const refusal = (stderr: string, exitCode: number): Fault => (exitCode === SSH_FAILED ? sshRefusal(to, stderr.trim()) : sudoRefusal(to.address, stderr, to.sudoPassword));
  const starter: Starter = {
    name: to.address,
    argv: ["ssh", ...options, "-T", "--", to.address, `exec ${quoteAll(command)}`],
    refusal,
    ...(to.sudoPassword === undefined || asRoot ? {} : { password: to.sudoPassword }),
  };
  // For ssh(1) the first of two values counts.
  const alone = ["-o", "ControlMaster=no", "-o", "ControlPath=none", "-o", "ConnectTimeout=5", ...options];
  // What the ssh to a jump host says is lost while connections are shared and nobody debugs (sshconnect.c): asked once more, alone.
  const heard = async (error: unknown): Promise<unknown> => {
    if (!isFault(error, "host.unreachable") || !isHopSilent(error.detail.reason)) return error;
    const said = await openMaster(["-v", ...alone, "-T", "--", to.address, "true"]);
    return said === undefined ? error : sshRefusal(to, withoutDebug(said));
  };
  // Where there is none to close, ssh(1) says so to nobody.
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      spawn("ssh", [...options, "-O", "exit", "--", to.address], { stdio: "ignore" }).once("error", () => { resolve(); }).once("exit", () => { resolve(); });
    });
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
        return await sharing(options.join(" "), close, () => untilLetIn(() => runThrough(starter, script, onLine)));
      } catch (error) {
        const reason = await heard(error);
        silence.note(reason);
        throw reason;
      }
    },
    warm() {
      // A refusal is told by the exchange that needs the connection; silence need not be waited for twice.
      opening ??= openMaster([...options, "-N", "-f", "--", to.address]).then(async (stderr) => {
        if (stderr !== undefined) silence.note(await heard(refusal(stderr, SSH_FAILED)));
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
