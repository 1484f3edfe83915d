import { statSync } from "node:fs";
import { LOADER, runThrough, sudoArgv } from "#host/exchange.ts";
import type { Starter } from "#host/exchange.ts";
import type { TreeConnection } from "#model/connection.ts";
import { Fault } from "#model/fault.ts";
import type { Transport } from "#model/transport.ts";

/**
 * Enters the tree `$1` and runs `$2` there, in mount and process namespaces of its own: what a package starts by mistake
 * ends with the exchange, and the mounts never show outside.
 */
const INSIDE = `
root=$1
for name in dev sys; do test -d "$root/$name" && mount --rbind "/$name" "$root/$name"; done
test -d "$root/proc" && mount -t proc proc "$root/proc"
exec chroot "$root" /bin/sh -c "$2"`;

/** Runs INSIDE (`$3`) with what rights there are: real root, root without mounts (a container), or root in a namespace of the user's own. */
const ENTER = `
PATH=$PATH:/usr/sbin:/sbin
if test "$(id -u)" != 0; then
  exec unshare --map-root-user --map-auto --mount --pid --fork --kill-child /bin/sh -c "$3" steading "$1" "$2"
elif unshare --mount --pid --fork true 2>/dev/null; then
  exec unshare --mount --pid --fork --kill-child /bin/sh -c "$3" steading "$1" "$2"
else
  exec chroot "$1" /bin/sh -c "$2"
fi`;

/** A tree of one's own is entered without sudo. */
const isOwn = (root: string): boolean => statSync(root, { throwIfNoEntry: false })?.uid === process.getuid?.();

/** The command line that runs a line of shell in a tree. */
export function treeArgv(root: string, line: string): readonly [string, ...string[]] {
  const enter = ["/bin/sh", "-c", ENTER, "steading", root, line, INSIDE] as const;
  return process.getuid?.() === 0 || isOwn(root) ? enter : [...sudoArgv, ...enter];
}

/** An unbooted directory tree, entered with chroot(1): as root, through sudo, or in a user namespace where the tree is one's own. */
export function tree(to: TreeConnection): Transport {
  const starter: Starter = {
    name: to.root,
    argv: treeArgv(to.root, LOADER),
    refusal: (stderr) =>
      new Fault("host.unreachable", {
        host: to.root,
        hostState: "untouched",
        detail: { reason: stderr.trim() },
        message: `${to.root}: cannot be entered: ${stderr.trim()}. It must be a directory that holds /bin/sh, and entering it needs root, or to own it and the package uidmap.`,
      }),
  };
  return {
    name: to.root,
    // All that runs in it ends with its namespace.
    lasting: false,
    exchange: (script, onLine) => runThrough(starter, script, onLine),
    fresh: (script) => runThrough(starter, script),
    warm: () => undefined,
    close: () => Promise.resolve(),
  };
}
