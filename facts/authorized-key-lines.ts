import { defineFact } from "#model/fact.ts";

/** A line of somebody's `~/.ssh/authorized_keys`. */
export interface AuthorizedKeyLine {
  readonly user: string;
  readonly line: string;
}

/** Every line with a key in every user's `~/.ssh/authorized_keys`, tabs as blanks; the subject is always `all`. Links are followed, as sshd follows them. */
export const authorizedKeyLines = defineFact<readonly AuthorizedKeyLine[]>({
  fact: "authorized-key-lines",
  script: `
while IFS=: read -r user _ _ _ _ home _; do
  file=$home/.ssh/authorized_keys
  test -f "$file" || continue
  timeout 10 grep -v -E '^[[:space:]]*(#|$)' -- "$file" | tr '\\t' ' ' | sed "s/^/$user:/"
done </etc/passwd
exit 0
`,
  parse(output, subjects) {
    const lines = output.split("\n").flatMap((line): readonly AuthorizedKeyLine[] => {
      const at = line.indexOf(":");
      return at === -1 ? [] : [{ user: line.slice(0, at), line: line.slice(at + 1) }];
    });
    return new Map(subjects.map((subject) => [subject, lines]));
  },
});
