import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execaSync } from "execa";
import { busyboxTree } from "./tree.ts";

/** A busybox tree on a file system of its own, of 24 MiB, that can be full or read-only. Needs root. */
export function smallTree() {
  const place = mkdtempSync(join(tmpdir(), "steading-small-"));
  execaSync("mount", ["-t", "tmpfs", "-o", "size=24m,mode=0755", "tmpfs", place]);
  const { root } = busyboxTree(place);
  execaSync("mkdir", [join(root, "srv")]);
  writeFileSync(join(root, "etc/hosts"), "127.0.0.1 localhost\n");
  return {
    root,
    remount: (how: "ro" | "rw") => execaSync("mount", ["-o", `remount,${how}`, place]),
    digest: () => execaSync("sh", ["-c", "find . -path ./proc -prune -o -path ./filler -prune -o -exec stat -c '%n %a %u:%g %F %s' {} + | grep -v '^\\. ' ; find . -type f ! -name filler -exec sha256sum {} +"], { cwd: root }).stdout.split("\n").sort().join("\n"),
    /** Leaves that many bytes free. */
    leave: (bytes: number) => {
      const { bfree, bsize } = statfs(place);
      writeFileSync(join(root, "filler"), Buffer.alloc(Math.max(0, bfree * bsize - bytes)));
    },
    remove: () => {
      execaSync("umount", [place]);
      rmSync(place, { recursive: true });
    },
  };
}

const statfs = (path: string): { bfree: number; bsize: number } => {
  const [bfree = 0, bsize = 0] = execaSync("stat", ["-f", "-c", "%f %S", path]).stdout.split(" ").map(Number);
  return { bfree, bsize };
};
