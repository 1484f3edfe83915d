import { LOADER, runThrough, sudoArgv } from "#host/exchange.ts";
import type { Starter } from "#host/exchange.ts";
import type { TreeConnection } from "#model/connection.ts";
import { Fault } from "#model/fault.ts";
import type { Transport } from "#model/transport.ts";

/**
 * Enters the tree `$1` and runs `$2` there, in mount and process namespaces of its own: what a package starts by mistake
 * ends with the exchange, and the bind mounts never show outside.
 */
const ENTER = `
root=$1
for name in dev sys; do test -d "$root/$name" && mount --rbind "/$name" "$root/$name"; done
test -d "$root/proc" && mount -t proc proc "$root/proc"
exec chroot "$root" /bin/sh -c "$2"`;

/** An unbooted directory tree, entered with chroot(1). Needs root here. */
export function tree(to: TreeConnection): Transport {
  const asRoot = process.getuid?.() === 0;
  const unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", ENTER, "steading", to.root, LOADER];
  const starter: Starter = {
    name: to.root,
    argv: asRoot ? ["unshare", ...unshare.slice(1)] : ["sudo", ...sudoArgv(undefined).slice(1), ...unshare],
    refusal: (stderr) =>
      new Fault("host.unreachable", {
        host: to.root,
        hostState: "untouched",
        detail: { reason: stderr.trim() },
        message: `${to.root}: cannot be entered: ${stderr.trim()}. It must be a directory that holds /bin/sh, and entering it needs root.`,
      }),
  };
  return {
    name: to.root,
    exchange: (script, onLine) => runThrough(starter, script, onLine),
    warm: () => undefined,
    close: () => Promise.resolve(),
  };
}
