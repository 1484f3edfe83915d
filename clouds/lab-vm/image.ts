import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { CloudContext } from "#model/cloud.ts";
import { rightsHere } from "../lab/rights.ts";
import { build, cached, recipeOf, removeTree } from "../lab/root.ts";
import type { Recipe, Release } from "../lab/root.ts";
import { tool } from "../lab/run.ts";
import type { Site } from "../lab/site.ts";
import { acceleration } from "./acceleration.ts";
import { installLoader, partition, uefi } from "./loader.ts";
import { imageFiles, ROOT, SEED } from "./names.ts";

/** Size of the disk that the machine sees, in MiB; the file takes what is written. */
const DISK_MIB = 8192;

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

/** How a machine starts: QEMU loads kernel and initramfs, or firmware starts GRUB from the disk. */
export type Loader = "kernel" | "uefi";

function vmRecipe(release: Release, extra: readonly string[], loader: Loader, site: Site): Recipe {
  const firmware = loader === "uefi" ? uefi : { packages: [], files: {}, finish: "" };
  const recipe = recipeOf(release, [...packages, ...firmware.packages, ...extra], site);
  return { ...recipe, files: { ...files, ...firmware.files }, finish: `${recipe.finish}${FINISH}${firmware.finish}` };
}

/** Copies the kernel, its initramfs and the list of users to beside the disk. */
async function copyOut(root: string, target: string): Promise<void> {
  const names = await readdir(join(root, "boot"));
  const named = (start: string): string => join(root, "boot", names.find((name) => name.startsWith(start)) ?? start);
  await copyFile(named("vmlinuz-"), join(target, imageFiles.kernel));
  await copyFile(named("initrd.img-"), join(target, imageFiles.initrd));
  await copyFile(join(root, "etc/passwd"), join(target, imageFiles.passwd));
}

async function make(recipe: Recipe, loader: Loader, target: string, signal: AbortSignal): Promise<void> {
  const root = join(target, "root");
  const disk = join(target, imageFiles.disk);
  await mkdir(target, { mode: 0o755 });
  await build(recipe, root, signal);
  await copyOut(root, target);
  await tool(target, ["truncate", `--size=${String(DISK_MIB)}M`, disk]);
  const start = loader === "uefi" ? await partition(disk) : 0;
  const extended = `assume_storage_prezeroed=1,offset=${String(start * 1024 ** 2)}`;
  // The end of a partitioned disk holds a second copy of the table.
  const size = `${String(DISK_MIB - start - (start === 0 ? 0 : 1))}M`;
  await tool(target, ["mke2fs", "-q", "-F", "-t", "ext4", "-U", ROOT, "-L", "root", "-E", extended, "-d", root, disk, size], { signal });
  await removeTree(root, await rightsHere());
  if (loader === "uefi") await installLoader(target, disk, await acceleration(target, signal), signal);
}

/** The directory of a finished image; builds it where none is fresh. Takes a minute or two to build, nothing to find. */
export async function cachedImage(release: Release, extra: readonly string[], loader: Loader, site: Site, context: CloudContext): Promise<string> {
  const recipe = vmRecipe(release, extra, loader, site);
  return cached(recipe, context, (target) => {
    context.progress(`building a disk image of Debian ${release} from ${site.mirror} (kept in ${target.replace(/\.unfinished$/, "")})`);
    return make(recipe, loader, target, context.signal);
  });
}
