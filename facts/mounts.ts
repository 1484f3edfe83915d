import { defineFact } from "#model/fact.ts";

/** What is mounted at a path. */
export interface MountState {
  /** File system type as the kernel names it: `ext4`, `tmpfs`. */
  readonly type: string;
  /** Device, or whatever the file system calls its source. */
  readonly source: string;
}

/** The topmost mount at each path, `null` where nothing is mounted; undefined on an unbooted tree. From /proc/self/mountinfo (proc(5)). */
export const mounts = defineFact<MountState | null | undefined>({
  fact: "mounts",
  script: `
test -n "$booted" || { echo unbooted; exit 0; }
while read -r _ _ _ _ where rest; do
  for path do
    if test "$where" = "$path"; then printf '%s %s\\n' "$where" "\${rest#* - }"; fi
  done
done </proc/self/mountinfo
exit 0
`,
  parse(output, subjects) {
    if (output === "unbooted\n") return new Map(subjects.map((subject) => [subject, undefined]));
    const found = new Map<string, MountState>();
    for (const line of output.split("\n")) {
      if (line === "") continue;
      const [path, type, source] = line.split(" ");
      if (path === undefined || type === undefined || source === undefined) throw new Error(`mountinfo has ${JSON.stringify(line)}`);
      found.set(path, { type, source });
    }
    return new Map(subjects.map((subject) => [subject, found.get(subject) ?? null]));
  },
});
