import { defineFact } from "#model/fact.ts";

/** The password of an account, as shadow(5) has it. A secret. */
export interface PasswordHash {
  /** The field as it is: a hash of crypt(5), perhaps behind `!`, or no hash at all. */
  readonly hash: string;
  /** Day of the last change, counted from 1970-01-01; empty when it is not kept. */
  readonly changed: string;
  /** The fields behind it: days until it may and must be changed, of warning, of grace, and the day on which the account ends. */
  readonly ageing: readonly string[];
}

/** Password hashes by user name; the subject `""` asks nothing. Undefined where there is no such account. */
export const passwordHashes = defineFact<PasswordHash | undefined>({
  fact: "password-hashes",
  script: `
awk 'BEGIN {
  for (i = 1; i < ARGC; i++) asked[ARGV[i]]
  while ((getline line < "/etc/shadow") > 0) { split(line, field, ":"); if (field[1] in asked) print line }
}' "$@"
`,
  parse(output, subjects) {
    const rows = new Map(output.split("\n").map((line): [string, readonly string[]] => [line.split(":")[0] ?? "", line.split(":")]));
    return new Map(
      subjects.map((subject) => {
        const [, hash, changed = "", ...more] = rows.get(subject) ?? [];
        return [subject, subject === "" || hash === undefined ? undefined : { hash, changed, ageing: more.slice(0, 5) }];
      }),
    );
  },
});
