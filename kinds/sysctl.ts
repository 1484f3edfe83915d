import { files, textChange } from "#facts/files.ts";
import { localFiles, plainText } from "#facts/local-files.ts";
import { sysctlPath, sysctls } from "#facts/sysctls.ts";
import type { SysctlState } from "#facts/sysctls.ts";
import { change } from "#model/change.ts";
import type { Change } from "#model/change.ts";
import { defineKind, pathSubject } from "#model/kind.ts";
import { either, flag, integer, optional, propsOf, text } from "#model/schema.ts";
import { makeDirectory, remove, restore, run, writeFile } from "#model/step.ts";
import type { Step } from "#model/step.ts";

/** Desired kernel parameter, as written in a stack. */
export interface SysctlProps {
  /** As sysctl(8) writes it: `net.ipv4.ip_forward`; a dot inside a name is a slash: `net.ipv4.conf.eth0/5.forwarding`. */
  key: string;
  /** Several numbers with blanks between them: `4096 131072 6291456`. */
  value: string | number;
  /**
   * Set it on the running system too; false for a parameter that only appears later (a module, a reboot). What cannot be
   * taken back is never set on a running system. @defaultValue true
   */
  now?: boolean;
}

const props = propsOf<SysctlProps>()({
  key: text(/^[a-z][a-z0-9_-]*(\.[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*)+$/, "a kernel parameter such as net.ipv4.ip_forward"),
  value: either(integer(-(2 ** 53), 2 ** 53), text(/^[^\s\p{Cc}]+([ \t]+[^\s\p{Cc}]+)*$/u), "a number, or words with blanks between them"),
  now: optional(flag),
});

const FOLDER = "/etc/sysctl.d";
const filePath = (want: SysctlProps): string => `${FOLDER}/90-steading-${want.key.replaceAll("/", "-")}.conf`;
const value = (want: SysctlProps): string => want.value.toString().replace(/\s+/g, " ");
const fileText = (want: SysctlProps): string => `${want.key} = ${value(want)}\n`;

/** tee(1) rather than sysctl(8): every system has it. */
const set = (want: SysctlProps, to: string): Step => run(["tee", `/proc/sys/${sysctlPath(want.key)}`], { stdin: `${to}\n`, running: true });

/**
 * Values that a running kernel takes and gives back only at a restart (admin-guide/sysctl/kernel.rst and LSM/Yama.rst of the
 * kernel, proc_sys_kernel(5)): limits of kexec only fall, and sets of capabilities only lose.
 */
const ONE_WAY: ReadonlyMap<string, RegExp> = new Map([
  ["kernel.modules_disabled", /^(0x)?0*1$/i],
  ["kernel.kexec_load_disabled", /^(0x)?0*1$/i],
  ["kernel.kexec_load_limit_panic", /^\d/],
  ["kernel.kexec_load_limit_reboot", /^\d/],
  ["kernel.unprivileged_bpf_disabled", /^(0x)?0*1$/i],
  ["kernel.usermodehelper.bset", /^/],
  ["kernel.usermodehelper.inheritable", /^/],
  ["kernel.yama.ptrace_scope", /^(0x)?0*3$/i],
]);

/** Nothing but a restart gets from one of the two values to the other, or back. */
const isOneWay = (want: SysctlProps, running: string): boolean => {
  const final = ONE_WAY.get(want.key);
  return final !== undefined && (final.test(value(want)) || final.test(running));
};

/** The running value is this machine's to set, and can be set back; the kernel refuses even what is there already, where there is one way only. */
const isOurs = (want: SysctlProps, running: SysctlState | undefined): boolean =>
  want.now !== false && running?.readOnly !== true && !isOneWay(want, running?.value ?? "") && !(ONE_WAY.has(want.key) && running?.value === value(want));

function runningChange(want: SysctlProps, running: SysctlState | undefined): readonly Change[] {
  if (running === undefined || want.now === false || running.value === value(want)) return [];
  if (running.readOnly === true) return [{ field: "running", cannotTell: `it is ${running.value ?? "unreadable"}, and read-only here: in a container it belongs to the host` }];
  if (isOneWay(want, running.value ?? "")) return [{ field: "running", waitsFor: "reboot", why: `it stays ${running.value ?? "absent"} until then, as a running kernel sets it one way only` }];
  return change("running", running.value, value(want));
}

/**
 * A kernel parameter: the running value, and a file of its own in /etc/sysctl.d for every boot. In an unbooted tree, and in
 * a container whose host keeps the parameter to itself, the file alone.
 *
 * So too for what a running kernel sets one way only: `kernel.modules_disabled` and `kernel.kexec_load_disabled` 1,
 * `kernel.unprivileged_bpf_disabled` 1 (2 can be taken back), `kernel.yama.ptrace_scope` 3, `kernel.kexec_load_limit_*`,
 * `kernel.usermodehelper.*`. It is in force after the next restart, as it is gone after the one that follows an undo; every
 * preview says so until then. With `kernel.modules_disabled` nothing is loaded any more once parameters are set at boot, not
 * even for a packet filter or a network card: declare what is needed as `kernel-module`, which is loaded before.
 *
 * @example Let the machine forward packets
 * ```ts
 * sysctl("forwarding", { key: "net.ipv4.ip_forward", value: 1 });
 * ```
 */
export const sysctl = defineKind({
  kind: "sysctl",
  props,
  owns: (want) => [`sysctl:${want.key}`, pathSubject(filePath(want))],
  needs: () => [pathSubject(FOLDER)],
  risk: (want) => (isOneWay(want, "") ? "boot" : "connection"),
  reads: (want) => ({ file: files(filePath(want)), folder: files(FOLDER), running: sysctls(sysctlPath(want.key)) }),
  diff: (want, have) => [
    ...textChange("file", have.file, fileText(want)),
    ...runningChange(want, have.running),
  ],
  apply: (want, have) => [
    ...(have.folder.type === "absent" ? [makeDirectory(FOLDER)] : []),
    writeFile(filePath(want), fileText(want)),
    ...(isOurs(want, have.running) ? [set(want, value(want))] : []),
  ],
  undo: (want, before) => [
    restore(filePath(want)),
    ...(before.folder.type === "absent" ? [remove(FOLDER)] : []),
    ...(isOurs(want, before.running) && before.running?.value !== undefined ? [set(want, before.running.value)] : []),
  ],
  // Only what an item itself would write: any other file of /etc/sysctl.d is a `file`, as it may say more.
  survey: {
    reads: { all: localFiles(FOLDER) },
    items: ({ all }) =>
      all.flatMap((file) => {
        const [, key = "", words = ""] = /^(\S+) = (.*)\n$/.exec(plainText(file) ?? "") ?? [];
        const want: SysctlProps = { key, value: /^(0|-?[1-9]\d{0,14})$/.test(words) ? Number(words) : words };
        return key !== "" && file.path === filePath(want) ? [{ name: key, want }] : [];
      }),
  },
});
