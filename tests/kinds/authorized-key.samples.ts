import type { AuthorizedKeyProps } from "#kinds/authorized-key.ts";
import type { Sample } from "../support/kind-laws.ts";

const blob = "AAAAC3NzaC1lZDI1NTE5AAAAIFd5B+g+knO/c8Am0zzYSYsqMMd57lcueNfQ0bnI0tHf";
const key = `ssh-ed25519 ${blob} alice@laptop`;
const other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM4tN/kq5oAGoVIpo2fa5K5+uE37o+pjN6ojeE6QKu6O bob@laptop";

/** Makes a user with these lines in the file, apart from what the host has. */
const addUser = ["sh", "-c", "echo labkeys:x:4322:0::/srv/labkeys:/bin/sh >>/etc/passwd; mkdir -p /srv/labkeys; chown 4322:0 /srv/labkeys; chmod 0755 /srv/labkeys"];
const userKeys = (text: string) => ["sh", "-c", "mkdir -m 0700 $1; printf '%s\\n' \"$2\" >$1/authorized_keys; chmod 0600 $1/authorized_keys; chown -R 4322:0 $1", "sh", "/srv/labkeys/.ssh", text];
const noUser = [["sed", "-i", "/^labkeys:/d", "/etc/passwd"], ["rm", "-rf", "/srv/labkeys"]];

/** Adds these lines to root's, which are put back afterwards: they may be the way into the machine. */
const rootKeys = (text: string) => ["sh", "-c", "mkdir -p -m 0700 /root/.ssh; rm -rf /root/kept; cp -a /root/.ssh /root/kept; printf '%s\\n' \"$1\" >>/root/.ssh/authorized_keys; chmod 0600 /root/.ssh/authorized_keys", "sh", text];
const behindLink = ["sh", "-c", "mv /root/.ssh/authorized_keys /root/keys; ln -s ../keys /root/.ssh/authorized_keys"];
const putBack = [["sh", "-c", "rm -rf /root/.ssh /root/keys; mv /root/kept /root/.ssh"]];

const onBoth = ["tree", "machine"] as const;

/** Wants that the laws are tried with. */
export const samples: readonly Sample<AuthorizedKeyProps>[] = [
  {
    name: "a key of root",
    want: { user: "root", key },
    on: onBoth,
    starts: [
      { name: "has the key", arrange: [rootKeys(`# of Alice\n${key}\n${other}`)], tidy: putBack },
      { name: "has the key with an option, among others", arrange: [rootKeys(`${other}\nno-pty ${key}\n\n# the end`)], tidy: putBack },
    ],
  },
  {
    name: "a key with options",
    want: { user: "root", key, options: ["restrict", 'command="/usr/bin/uptime \\"x\\""'] },
    on: onBoth,
    starts: [
      { name: "has other keys", arrange: [rootKeys(other)], tidy: putBack },
      { name: "has its keys behind a link", arrange: [rootKeys(key), behindLink], tidy: putBack },
    ],
  },
  {
    name: "no key",
    want: { user: "labkeys", key, state: "absent" },
    on: onBoth,
    starts: [
      { name: "has the user", arrange: [addUser], tidy: noUser },
      { name: "has the key", arrange: [addUser, userKeys(`${key}\n${other}`)], tidy: noUser },
    ],
  },
];
