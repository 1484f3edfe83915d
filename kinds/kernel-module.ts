import { files, textChange } from "#facts/files.ts";
import { kernelModules } from "#facts/kernel-modules.ts";
import { change } from "#model/change.ts";
import { defineKind, pathSubject } from "#model/kind.ts";
import { flag, oneOf, optional, propsOf, text } from "#model/schema.ts";
import { makeDirectory, remove, restore, run, writeFile } from "#model/step.ts";

/** Desired kernel module, as written in a stack. */
export interface KernelModuleProps {
  /** The module's name: `vfio-pci`. */
  module: string;
  /** `load` at every boot, or `block`: nothing loads it, not even by its name. @defaultValue `load` */
  policy?: "load" | "block";
  /** Load it on the running system too. A container cannot; there, say false. @defaultValue true */
  now?: boolean;
}

const props = propsOf<KernelModuleProps>()({
  module: text(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/, "the name of a kernel module, such as vfio-pci"),
  policy: optional(oneOf("load", "block")),
  now: optional(flag),
});

/** A module that something uses by now stays until the next restart. */
const UNLOAD = 'test ! -d "/sys/module/$(echo "$1" | tr - _)" || modprobe -r "$1" || exit 0';

/** The kernel writes `_` where file names have `-`. */
const kernelName = (want: KernelModuleProps): string => want.module.replaceAll("-", "_");
const isBlocked = (want: KernelModuleProps): boolean => want.policy === "block";
const folderPath = (want: KernelModuleProps): string => (isBlocked(want) ? "/etc/modprobe.d" : "/etc/modules-load.d");
const filePath = (want: KernelModuleProps): string => `${folderPath(want)}/steading-${kernelName(want)}.conf`;

/** `blacklist` stops aliases, `install` stops the name itself (modprobe.d(5)). */
const fileText = (want: KernelModuleProps): string =>
  isBlocked(want) ? `blacklist ${want.module}\ninstall ${want.module} /bin/false\n` : `${want.module}\n`;

const loadsNow = (want: KernelModuleProps): boolean => !isBlocked(want) && want.now !== false;

/**
 * A kernel module that is loaded at every boot, or blocked. A blocked module that is loaded stays until the next restart,
 * and every preview says so. The initial RAM disk is made anew where there is one.
 *
 * @example Ready to lend a GPU
 * ```ts
 * kernelModule("vfio", { module: "vfio-pci" });
 * ```
 * @example No FireWire
 * ```ts
 * kernelModule("no firewire", { module: "firewire-core", policy: "block" });
 * ```
 */
export const kernelModule = defineKind({
  kind: "kernel-module",
  props,
  owns: (want) => [`module:${kernelName(want)}`, pathSubject(filePath(want))],
  needs: (want) => ["package:kmod", pathSubject(folderPath(want))],
  risk: (want) => (isBlocked(want) ? "boot" : "connection"),
  reads: (want) => ({
    file: files(filePath(want)),
    folder: files(folderPath(want)),
    loaded: kernelModules(kernelName(want)),
    initramfs: files("/usr/sbin/update-initramfs"),
  }),
  watches: (want) => [`module:${kernelName(want)}`],
  react: (want, have) => (isBlocked(want) && have.initramfs.type === "file" ? [run(["update-initramfs", "-u"])] : []),
  diff: (want, have) => [
    ...textChange("file", have.file, fileText(want)),
    ...(have.loaded === undefined || !loadsNow(want) ? [] : change("loaded", have.loaded, true)),
    ...(have.loaded === true && isBlocked(want) ? [{ field: "loaded", waitsFor: "reboot" as const, why: `${want.module} stays loaded until then` }] : []),
  ],
  apply: (want, have) => [
    ...(have.folder.type === "absent" ? [makeDirectory(folderPath(want))] : []),
    writeFile(filePath(want), fileText(want)),
    ...(loadsNow(want) && have.loaded !== true ? [run(["modprobe", want.module], { running: true })] : []),
  ],
  undo: (want, before) => [
    ...(loadsNow(want) && before.loaded === false ? [run(["sh", "-c", UNLOAD, "modprobe", want.module], { running: true })] : []),
    restore(filePath(want)),
    ...(before.folder.type === "absent" ? [remove(folderPath(want))] : []),
  ],
});
