import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { CloudContext } from "#model/cloud.ts";
import { rightsHere } from "../lab/rights.ts";
import { build, cached, recipeOf, removeTree } from "../lab/root.ts";
import type { Recipe, Release } from "../lab/root.ts";
import { tool } from "../lab/run.ts";
import type { Site } from "../lab/site.ts";

/** The name under which QEMU hands over a machine's seed (QEMU's docs/specs/fw_cfg.rst: names of users begin with opt/). */
export const SEED = "opt/steading/seed";

/** The root file system's UUID, the same in every machine: each sees only its own disk. */
export const ROOT = "53746561-6469-4e67-8000-000000000001";

/** Size of the disk that the machine sees; the file takes what is written. */
const DISK = "8G";

/** What a machine has besides what a container has. */
const packages = ["linux-image-amd64", "initramfs-tools", "zstd", "udev", "e2fsprogs"] as const;

/** Unpacks what differs per machine over the root, once: before that there is no machine id (machine-id(5): empty). It comes last. */
const UNPACK = `#!/bin/sh
case "$1" in prereqs) exit 0 ;; esac
seed=/sys/firmware/qemu_fw_cfg/by_name/${SEED}/raw
modprobe -q qemu_fw_cfg
test -e "$seed" && ! test -s "$rootmnt/etc/machine-id" || exit 0
mount -o remount,rw none "$rootmnt"
cat "$seed" | chroot "$rootmnt" /bin/tar --extract --preserve-permissions --numeric-owner --file=-
sync
`;

/** With every driver that there is, the kernel takes seconds more to unpack it, and Debian's tools minutes to make it. */
const files = {
  "usr/share/initramfs-tools/conf.d/steading-lab": "MODULES=list\n",
  "usr/share/initramfs-tools/modules.d/steading-lab": "virtio_pci\nvirtio_blk\next4\nqemu_fw_cfg\n",
  "usr/share/initramfs-tools/scripts/local-bottom/steading-lab": UNPACK,
} as const;

/** A power cut must find dpkg as careful as on any machine. */
const FINISH = `sed -i /force-unsafe-io/d "$1"/etc/dpkg/dpkg.cfg.d/*
: > "$1/etc/machine-id"
echo 'UUID=${ROOT} / ext4 errors=remount-ro 0 1' > "$1/etc/fstab"
chroot "$1" systemctl --quiet enable systemd-networkd.service
`;

function vmRecipe(release: Release, extra: readonly string[], site: Site): Recipe {
  const recipe = recipeOf(release, [...packages, ...extra], site);
  return { ...recipe, files, finish: `${recipe.finish}${FINISH}` };
}

/** Files of an image's directory. */
export const imageFiles = { disk: "disk.raw", kernel: "vmlinuz", initrd: "initrd.img", passwd: "passwd" } as const;

/** Copies the kernel, its initramfs and the list of users to beside the disk. */
async function copyOut(root: string, target: string): Promise<void> {
  const names = await readdir(join(root, "boot"));
  const named = (start: string): string => join(root, "boot", names.find((name) => name.startsWith(start)) ?? start);
  await copyFile(named("vmlinuz-"), join(target, imageFiles.kernel));
  await copyFile(named("initrd.img-"), join(target, imageFiles.initrd));
  await copyFile(join(root, "etc/passwd"), join(target, imageFiles.passwd));
}

async function make(recipe: Recipe, target: string, signal: AbortSignal): Promise<void> {
  const root = join(target, "root");
  await mkdir(target, { mode: 0o755 });
  await build(recipe, root, signal);
  await copyOut(root, target);
  const options = ["-q", "-t", "ext4", "-U", ROOT, "-L", "root", "-E", "assume_storage_prezeroed=1", "-d", root];
  await tool(target, ["mke2fs", ...options, join(target, imageFiles.disk), DISK], { signal });
  await removeTree(root, await rightsHere());
}

/** The directory of a finished image; builds it where none is fresh. Takes about a minute to build, nothing to find. */
export async function cachedImage(release: Release, extra: readonly string[], site: Site, context: CloudContext): Promise<string> {
  const recipe = vmRecipe(release, extra, site);
  return cached(recipe, context, (target) => {
    context.progress(`building a disk image of Debian ${release} from ${site.mirror} (kept in ${target.replace(/\.unfinished$/, "")})`);
    return make(recipe, target, context.signal);
  });
}
