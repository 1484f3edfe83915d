import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execaSync } from "execa";

/** Why no tree can be entered here; undefined when one can. */
export const treeObstacle: string | undefined =
  process.getuid?.() !== 0 ? "only root can enter a tree" : existsSync("/bin/busybox") ? undefined : "busybox-static is not installed";

/** An unbooted tree with nothing in it but busybox (Debian package busybox-static): no bash, no coreutils. */
export function busyboxTree(parent = tmpdir()): { readonly root: string; readonly remove: () => void } {
  const root = mkdtempSync(join(parent, "steading-tree-"));
  for (const directory of ["bin", "sbin", "usr/bin", "usr/sbin", "etc", "proc", "dev", "tmp", "root", "home", "var/lib"]) mkdirSync(join(root, directory), { recursive: true });
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  for (const applet of execaSync("/bin/busybox", ["--list"]).stdout.split("\n")) if (applet !== "busybox" && applet !== "bash") symlinkSync("/bin/busybox", join(root, "bin", applet));
  chmodSync(root, 0o755);
  // sshd takes the login shell from the machine that runs it, not from the tree.
  writeFileSync(join(root, "bin/bash"), '#!/bin/sh\nexec /bin/sh "$@"\n', { mode: 0o755 });
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\nsudo:x:27:\n");
  writeFileSync(join(root, "etc/shadow"), "root:*:19000:0:99999:7:::\n", { mode: 0o640 });
  return { root, remove: () => { rmSync(root, { recursive: true, force: true }); } };
}
