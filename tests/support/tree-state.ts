import { execaSync } from "execa";

/** Every path of a tree with type, mode, owner, link target and content; nothing of /proc, /sys and /dev. */
export function treeState(root: string): readonly string[] {
  const script = `cd "$1" && find . -xdev \\( -path ./proc -o -path ./sys -o -path ./dev \\) -prune -o -printf '%p %y %m %U:%G %l\\n' && find . -xdev \\( -path ./proc -o -path ./sys -o -path ./dev \\) -prune -o -type f -exec sha256sum {} +`;
  return execaSync("sh", ["-c", script, "sh", root], { maxBuffer: 1 << 30 }).stdout.split("\n").sort();
}
