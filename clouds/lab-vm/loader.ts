import { join } from "node:path";
import { execa } from "execa";
import { failure, mortal, tool } from "../lab/run.ts";
import type { Acceleration } from "./acceleration.ts";
import { ARGUMENTS, imageFiles, ROOT } from "./names.ts";

/** Size of the partition that the firmware reads, in MiB. */
const ESP_MIB = 64;

/** What the installation prints when all went well. */
const DONE = "the boot loader is installed";

/** The disk's installation of GRUB, by Debian's own tools, run once as the first process of the image. */
const INSTALL = `#!/bin/sh
set -e
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
trap 'poweroff -ff' EXIT
mkfs.vfat -i 53746561 /dev/vda1
mount /dev/vda1 /boot/efi
grub-install --target=x86_64-efi --no-nvram --force-extra-removable
update-grub
umount /boot/efi
# A file that is removed while it is open keeps its file system busy.
exec sh -c 'rm "$0" && sync && mount -o remount,ro / && echo "${DONE}"; poweroff -ff' "$0"
`;

const installPath = "usr/sbin/steading-lab-install";

/** What an image has besides, to be started by firmware. */
export const uefi = {
  packages: ["grub-efi-amd64", "grub-efi-amd64-signed", "shim-signed", "dosfstools"],
  files: {
    [installPath]: INSTALL,
    "etc/default/grub.d/10-steading-lab.cfg": `GRUB_TIMEOUT=1\nGRUB_TERMINAL=console\nGRUB_CMDLINE_LINUX="${ARGUMENTS}"\n`,
  },
  finish: `mkdir -p "$1/boot/efi"
echo 'UUID=5374-6561 /boot/efi vfat umask=0077 0 1' >> "$1/etc/fstab"
`,
} as const;

/** Divides a disk. Returns where the root's partition begins, in MiB. */
export async function partition(disk: string): Promise<number> {
  const table = `label: gpt\nstart=1MiB, size=${String(ESP_MIB)}MiB, type=uefi\nstart=${String(ESP_MIB + 1)}MiB, type=linux\n`;
  await tool(disk, ["sfdisk", "--quiet", disk], { input: table });
  return ESP_MIB + 1;
}

/** Boots the image in the directory `image` once, for it to make itself startable. */
export async function installLoader(image: string, disk: string, acceleration: Acceleration, signal: AbortSignal): Promise<void> {
  const argv = [
    ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-serial", "stdio", "-m", "1024"],
    ...["-machine", "q35,kernel-irqchip=split", "-accel", acceleration, "-cpu", acceleration === "kvm" ? "host" : "max,la57=off"],
    ...["-drive", `if=virtio,format=raw,cache=unsafe,file=${disk}`],
    ...["-kernel", join(image, imageFiles.kernel), "-initrd", join(image, imageFiles.initrd)],
    ...["-append", `root=UUID=${ROOT} rw ${ARGUMENTS} panic=-1 init=/${installPath}`],
  ];
  const { all } = await execa(mortal[0], [...mortal.slice(1), "qemu-system-x86_64", ...argv], { reject: false, all: true, stdin: "ignore", killSignal: "SIGKILL", cancelSignal: signal });
  signal.throwIfAborted();
  if (!all.includes(DONE)) throw failure(image, `GRUB could not be installed: ${all.trim().split("\n").slice(-12).join("\n")}`);
}
