import { files, textChange } from "#facts/files.ts";
import { kernelArguments } from "#facts/kernel-arguments.ts";
import type { KernelArgumentState } from "#facts/kernel-arguments.ts";
import { change } from "#model/change.ts";
import type { Change } from "#model/change.ts";
import { defineKind, pathSubject } from "#model/kind.ts";
import { propsOf, text } from "#model/schema.ts";
import { makeDirectory, remove, restore, run, writeFile } from "#model/step.ts";

/** Desired argument of the kernel, as written in a stack. */
export interface KernelArgumentProps {
  /** One word of the kernel's command line: `intel_iommu=on`, `quiet`. */
  argument: string;
}

const props = propsOf<KernelArgumentProps>()({
  argument: text(/^[A-Za-z0-9_][A-Za-z0-9_.-]*(=[A-Za-z0-9_.,:;/@+%=-]+)?$/, "one word such as intel_iommu=on"),
});

const FOLDER = "/etc/default/grub.d";
const filePath = (want: KernelArgumentProps): string => `${FOLDER}/90-steading-${want.argument.replaceAll(/[^A-Za-z0-9_.-]/g, "-")}.cfg`;
const fileText = (want: KernelArgumentProps): string => `GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX ${want.argument}"\n`;

/** What is still to come until the running kernel has the argument. */
function later(want: KernelArgumentProps, state: KernelArgumentState): readonly Change[] {
  if (state.active !== false) return [];
  if (state.menu === undefined) return [{ field: "active", cannotTell: "there is no GRUB menu here: whoever starts this machine decides" }];
  return [{ field: "active", waitsFor: "reboot", why: `the running kernel was started without ${want.argument}` }];
}

/**
 * One argument of the kernel, for every entry of GRUB's menu, which is made anew. It is in force after the next restart,
 * and every preview says so until then. Where there is no GRUB (a container), the drop-in alone.
 *
 * @example An IOMMU for virtual machines
 * ```ts
 * kernelArgument("iommu", { argument: "intel_iommu=on" });
 * ```
 */
export const kernelArgument = defineKind({
  kind: "kernel-argument",
  props,
  owns: (want) => [`kernel-argument:${want.argument}`, pathSubject(filePath(want))],
  needs: () => ["package:grub-common", pathSubject(FOLDER)],
  risk: "boot",
  reads: (want) => ({ file: files(filePath(want)), folder: files(FOLDER), state: kernelArguments(want.argument) }),
  watches: (want) => [`kernel-argument:${want.argument}`],
  react: (_want, { state }) => (state.menu === undefined ? [] : [run(["update-grub"], { running: true })]),
  diff: (want, have) => [
    ...textChange("file", have.file, fileText(want)),
    ...(have.state.menu === undefined ? [] : change("menu", have.state.menu, true)),
    ...later(want, have.state),
  ],
  apply: (want, have) => [
    ...(have.folder.type === "absent" ? [makeDirectory(FOLDER)] : []),
    writeFile(filePath(want), fileText(want)),
  ],
  undo: (want, before) => [restore(filePath(want)), ...(before.folder.type === "absent" ? [remove(FOLDER)] : [])],
});
