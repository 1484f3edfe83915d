import { defineFact } from "#model/fact.ts";

/** A kernel parameter of a running system. */
export interface SysctlState {
  /** White space as single blanks; undefined when there is no such parameter, or it cannot be read. */
  readonly value?: string;
  /** It belongs to somebody else: in a container most parameters are the host's. */
  readonly readOnly?: true;
}

/** The path of a parameter below /proc/sys: the first separator is a dot, so dots and slashes change places (sysctl.d(5)). */
export const sysctlPath = (key: string): string => key.replace(/[./]/g, (separator) => (separator === "." ? "/" : "."));

/**
 * Kernel parameters as they are now, by their path below /proc/sys; undefined on an unbooted tree.
 *
 * grep(1), as a shell's own `read` asks for one byte at a time, and the kernel answers only the first such read.
 */
export const sysctls = defineFact<SysctlState | undefined>({
  fact: "sysctls",
  script: `
test -n "$booted" || { echo unbooted; exit 0; }
cd /proc/sys || exit 0
for path do test -e "$path" && ! test -w "$path" && echo "!$path"; done
grep -sH '' -- "$@"
exit 0
`,
  parse(output, subjects) {
    if (output === "unbooted\n") return new Map(subjects.map((subject) => [subject, undefined]));
    const values = new Map<string, string>();
    const readOnly = new Set<string>();
    for (const line of output.split("\n")) {
      if (line === "") continue;
      if (line.startsWith("!")) {
        readOnly.add(line.slice(1));
        continue;
      }
      const match = /^([^:]+):(.*)$/.exec(line);
      if (match?.[1] === undefined || match[2] === undefined) throw new Error(`grep printed ${JSON.stringify(line)}`);
      const earlier = values.get(match[1]);
      const value = match[2].trim().replace(/\s+/g, " ");
      values.set(match[1], earlier === undefined ? value : `${earlier}\n${value}`);
    }
    return new Map(subjects.map((subject): [string, SysctlState] => {
      const value = values.get(subject);
      return [subject, { ...(value === undefined ? {} : { value }), ...(readOnly.has(subject) ? { readOnly: true } : {}) }];
    }));
  },
});
