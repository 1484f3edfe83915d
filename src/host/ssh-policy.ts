import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { Fault } from "#model/fault.ts";

/** How long an idle shared connection stays open, so that the next command starts warm. */
export const PERSIST_SECONDS = 60;

/**
 * An ssh_config(5) that stands before the user's: the first value wins there, so nothing in the user's can soften these. It
 * is given with -F, which ssh(1) hands on to the ssh of each jump host; options of the command line reach the last host only.
 * Lists of algorithms are OpenSSH's own without broken ones, whatever the user's file adds.
 */
const policy = (directory: string): string => `BatchMode yes
StrictHostKeyChecking yes
UpdateHostKeys no
VerifyHostKeyDNS no
NoHostAuthenticationForLocalhost no
HostKeyAlgorithms -ssh-rsa*
CASignatureAlgorithms -ssh-rsa*
KexAlgorithms -*sha1
Ciphers -*cbc*
MACs -*md5*
ControlMaster auto
ControlPersist ${PERSIST_SECONDS.toString()}
ControlPath ${directory}/hop-%C
ConnectTimeout 15
ServerAliveInterval 5
ForwardAgent no
ForwardX11 no
ClearAllForwardings yes
PermitLocalCommand no
RemoteCommand none
LogLevel INFO
Include "${join(userInfo().homedir, ".ssh/config")}"
Include /etc/ssh/ssh_config
`;

/** Only the user who runs this may change what is in it. */
function isPrivate(directory: string): boolean {
  const found = lstatSync(directory, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === userInfo().uid && (found.mode & 0o022) === 0;
}

/** Sockets, pinned keys and the policy: short, as socket paths are limited to about 104 bytes (unix(7)), and private. */
export function runtimeDirectory(): string {
  const given = process.env["XDG_RUNTIME_DIR"];
  const base = given !== undefined && isPrivate(given) ? given : join(tmpdir(), `steading-${userInfo().uid.toString()}`);
  const directory = join(base, "steading");
  if (base !== given) mkdirSync(base, { recursive: true, mode: 0o700 });
  if (isPrivate(base)) mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (isPrivate(base) && isPrivate(directory)) return directory;
  throw new Fault("unsupported", {
    host: "localhost",
    hostState: "untouched",
    detail: { what: `a private directory at ${directory}` },
    message: `${directory}: somebody else could put connections of theirs there. Remove ${base}, or set XDG_RUNTIME_DIR to a directory that only you can write to.`,
  });
}

/** A file in the runtime directory, written once and as a whole: its name must say what is in it. */
export function keep(name: string, text: string): string {
  const file = join(runtimeDirectory(), name);
  if (existsSync(file)) return file;
  const beside = `${file}.${process.pid.toString()}`;
  writeFileSync(beside, text, { mode: 0o600 });
  renameSync(beside, file);
  return file;
}

/** The file for ssh's -F. */
export function policyFile(): string {
  const text = policy(runtimeDirectory());
  return keep(`policy-${createHash("sha256").update(text).digest("hex").slice(0, 12)}`, text);
}
