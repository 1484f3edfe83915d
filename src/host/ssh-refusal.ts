import type { SshConnection } from "#model/connection.ts";
import { Fault } from "#model/fault.ts";
import { quoteAll } from "#model/quote.ts";

/** The name under which ssh(1) knows a connection's own `hostKey`. */
export const PINNED = "steading-pinned";

/** True when ssh(1) only saw that the way through a jump host ended, not why. */
export const isHopSilent = (reason: string): boolean => reason.includes("UNKNOWN port 65535");

/** The lines of `ssh -v` that it would have said without. */
export const withoutDebug = (stderr: string): string =>
  stderr
    .split(/\r?\n/)
    .filter((line) => !/^(debug\d: |OpenSSH_|Authenticated to |Transferred: |Bytes per second: )/.test(line))
    .join("\n")
    .trim();

/** What to type to log in. */
const byHand = ({ user = "root", address, port, identityFile }: SshConnection): string =>
  quoteAll(["ssh", ...(port === undefined ? [] : ["-p", port.toString()]), ...(identityFile === undefined ? [] : ["-i", identityFile]), `${user}@${address}`]);

/** The fault behind what ssh(1) of OpenSSH says on stderr when it ends by itself: nobody answered, or somebody said no. */
export function sshRefusal(to: SshConnection, reason: string): Fault {
  const refused = hostKeyRefusal(to, reason) ?? weakRefusal(reason) ?? loginRefusal(to, reason);
  return new Fault(refused === undefined ? "host.unreachable" : "host.refused", {
    host: to.address,
    hostState: "untouched",
    detail: { reason },
    message: `${to.address}: ${refused ?? `cannot be reached: ${reason}. Try: ${byHand(to)}`}`,
  });
}

const first = (pattern: RegExp, text: string): string | undefined => pattern.exec(text)?.[1];

/** How ssh-keyscan(1) asks for the key; known_hosts names another port than 22 as `[name]:port`. */
function keyscan(to: SshConnection, name: string, reason: string): string {
  const [, bracketed, port = to.port?.toString()] = name === PINNED ? [] : (/^\[(.+)\]:(\d+)$/.exec(name) ?? [undefined, undefined, "22"]);
  const type = first(/(?:No|The|for the) (\S+) (?:host )?key /, reason)?.toLowerCase() ?? "ed25519";
  return `ssh-keyscan ${port === undefined || port === "22" ? "" : `-p ${port} `}-t ${type} ${name === PINNED ? to.address : (bracketed ?? name)}`;
}

/** A host key that is unknown, changed, revoked or badly certified: the host's, or that of a jump host on the way. */
function hostKeyRefusal(to: SshConnection, reason: string): string | undefined {
  if (!/host key verification failed/i.test(reason)) return undefined;
  const name = first(/[Hh]ost key (?:is known )?for (\S+) (?:and|has|was|is)/, reason) ?? to.address;
  const isHop = isHopSilent(reason);
  const who = isHop ? `the jump host ${name}` : name;
  const get = `${keyscan(to, name, reason)} prints the key that it offers: compare that on the machine's console, then`;
  const keep = isHop ? "put the line into ~/.ssh/known_hosts" : name === PINNED ? "give it as hostKey" : "give it as hostKey, or put the line into ~/.ssh/known_hosts";
  const offered = first(/(SHA256:[\w+/=]+)/, reason) ?? "another key";
  const invalid = first(/Certificate invalid: (.+)/, reason)?.trim();
  const said = (what: string, mend: string) => `host key not verified: ${what}. ${mend}.`;
  if (/revoked/i.test(reason))
    return said(`the key of ${who} is revoked`, "Whoever holds that key can pose as this machine: make a new one there (ssh-keygen -A), and make that one known");
  if (name === PINNED) return said(`it offers ${offered}, which is not the connection's hostKey`, `If the machine was installed anew: ${get} ${keep}`);
  if (invalid !== undefined) return said(`the certificate of ${who} does not count: ${invalid}`, "Sign its host key again with your certificate authority (ssh-keygen -h -s), and have sshd present that");
  if (/has changed/i.test(reason))
    return said(`${who} offers ${offered}, which is not the key that known_hosts has`, `Somebody may sit in between. If the machine was installed anew: ssh-keygen -R '${name}'; ${get} ${keep}`);
  return said(`no key of ${who} is known`, `If this is the right machine: ${get} ${keep}`);
}

/** A server that knows nothing but algorithms that are broken. */
function weakRefusal(reason: string): string | undefined {
  const [, what, offer = ""] = /no matching (.+) found\. Their offer: (\S+)/.exec(reason) ?? [];
  if (what === undefined) return undefined;
  return `has no ${what} that is safe, only ${offer}: anybody in between could make it so. Update its OpenSSH, or take the line that asks for this out of its sshd_config.`;
}

function loginRefusal(to: SshConnection, reason: string): string | undefined {
  if (!/permission denied|too many authentication failures/i.test(reason)) return undefined;
  return `refused the login of ${to.user ?? "root"}: ${reason.replace(/\.$/, "")}. Load the key (ssh-add) or name it as identityFile.`;
}
