import { defineFact } from "#model/fact.ts";

/** How a command ended. */
export interface CommandState {
  /** 127 where there is no such command. */
  readonly exitCode: number;
  /** What it printed; only asked for with `output`. */
  readonly stdout?: string;
}

/** The subject of a command: its words between NUL bytes in base64, before them what is asked. */
export function commandSubject(argv: readonly string[], options: { readonly output?: boolean; readonly running?: boolean } = {}): string {
  const words = Buffer.from(argv.map((word) => `${word}\0`).join("")).toString("base64");
  return `${options.running === true ? "running" : "always"}:${options.output === true ? "output" : "exit"}:${words}`;
}

/**
 * How commands end, and what they print. They must only read. Their words come through xargs(1), never a shell's eyes; undefined for
 * a command that needs a running system, on an unbooted tree.
 */
export const commands = defineFact<CommandState | undefined>({
  fact: "commands",
  script: `
for subject do
  case $subject in running:*) test -n "$booted" || continue ;; esac
  asked=\${subject#*:}
  printf '%s ' "$subject"
  printf %s "\${asked#*:}" | base64 -d | xargs -0 sh -c '
    ask=$1
    shift
    output=$("$@" 2>/dev/null </dev/null && echo x || echo "x$?")
    code=\${output##*x}
    printf "%s " "\${code:-0}"
    test "$ask" = exit || printf %s "\${output%x*}" | base64 | tr -d "\\n"' _ "\${asked%%:*}"
  echo
done
`,
  parse(output, subjects) {
    const found = new Map<string, CommandState>();
    for (const line of output.split("\n")) {
      if (line === "") continue;
      const [subject = "", code = "", stdout] = line.split(" ");
      if (!/^\d+$/.test(code)) throw new Error(`a command answered ${JSON.stringify(line)}`);
      found.set(subject, { exitCode: Number(code), ...(subject.split(":")[1] === "output" ? { stdout: Buffer.from(stdout ?? "", "base64").toString() } : {}) });
    }
    return new Map(subjects.map((subject) => [subject, found.get(subject)]));
  },
});
