import { defineFact } from "#model/fact.ts";

/** Where a kernel argument is in force. */
export interface KernelArgumentState {
  /** The running kernel was started with it; absent on an unbooted tree. */
  readonly active?: boolean;
  /** GRUB's menu starts a kernel with it; absent where there is no GRUB menu, and on an unbooted tree. */
  readonly menu?: boolean;
}

const words = (line: string): readonly string[] => line.trim().split(/\s+/);

/** Kernel arguments as written on the command line, from /proc/cmdline and /boot/grub/grub.cfg. */
export const kernelArguments = defineFact<KernelArgumentState>({
  fact: "kernel-arguments",
  script: `
test -n "$booted" || exit 0
printf 'running '
cat /proc/cmdline
command -v update-grub >/dev/null && test -f /boot/grub/grub.cfg || exit 0
echo menu
grep -E '^[[:space:]]*linux[[:space:]]' /boot/grub/grub.cfg
exit 0
`,
  parse(output, subjects) {
    const [running, menu] = output.split(/^menu$/m);
    const active = running === undefined || running === "" ? undefined : words(running.replace(/^running /, ""));
    const entries = menu?.split("\n").map(words);
    return new Map(
      subjects.map((subject) => [
        subject,
        {
          ...(active === undefined ? {} : { active: active.includes(subject) }),
          ...(entries === undefined ? {} : { menu: entries.some((entry) => entry.includes(subject)) }),
        },
      ]),
    );
  },
});
