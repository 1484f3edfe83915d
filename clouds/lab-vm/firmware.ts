import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Places } from "../lab/places.ts";
import { tool } from "../lab/run.ts";

/** How a machine starts: Debian's kernel directly; firmware and GRUB from the disk; the same with signatures checked. */
export type Boot = "kernel" | "uefi" | "secure-boot";

/** OVMF's files: the firmware, and the variables that a new machine has. Those for secure boot hold Microsoft's keys. */
const firmware = {
  uefi: { code: "/usr/share/OVMF/OVMF_CODE_4M.fd", variables: "/usr/share/OVMF/OVMF_VARS_4M.fd" },
  "secure-boot": { code: "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd", variables: "/usr/share/OVMF/OVMF_VARS_4M.ms.fd" },
} as const;

/** Debian package of each tool that a way to boot needs, beyond what every machine needs. */
export const bootTools = (boot: Boot): Readonly<Record<string, string>> =>
  boot === "kernel" ? {} : { [firmware[boot].code]: "ovmf", [firmware[boot].variables]: "ovmf", sfdisk: "fdisk" };

const variablesOf = (places: Places): string => join(places.home, "variables.fd");

/** Gives the machine its own firmware variables. */
export async function makeVariables(places: Places, boot: Boot): Promise<void> {
  if (boot !== "kernel") await copyFile(firmware[boot].variables, variablesOf(places));
}

/** QEMU's arguments for the firmware. For secure boot it alone may write the variables, in system management mode (OVMF's README). */
export function firmwareArgv(places: Places, boot: "uefi" | "secure-boot"): readonly string[] {
  const protect = boot === "secure-boot" ? ["-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"] : [];
  return [
    ...protect,
    ...["-drive", `if=pflash,unit=0,format=raw,readonly=on,file=${firmware[boot].code}`],
    ...["-drive", `if=pflash,unit=1,format=raw,file=${variablesOf(places)}`],
  ];
}

const tpmSocket = (places: Places): string => join(places.home, "tpm.socket");

/** Starts a TPM 2.0 for the machine; it ends with QEMU, and keeps its secrets in the machine's home. */
export async function startTpm(places: Places, prefix: readonly string[]): Promise<void> {
  const state = join(places.home, "tpm");
  await mkdir(state, { recursive: true, mode: 0o700 });
  const argv = ["swtpm", "socket", "--tpm2", "--daemon", "--terminate", "--tpmstate", `dir=${state}`, "--ctrl", `type=unixio,path=${tpmSocket(places)}`];
  await tool(places.name, ["env", ...prefix, ...argv]);
}

/** QEMU's arguments for the TPM. */
export const tpmArgv = (places: Places): readonly string[] => [
  ...["-chardev", `socket,id=tpm,path=${tpmSocket(places)}`],
  ...["-tpmdev", "emulator,id=tpm,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm"],
];
