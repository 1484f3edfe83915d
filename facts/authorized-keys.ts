import { defineFact } from "#model/fact.ts";

/** What sshd(8) finds for a user and a key in `~/.ssh/authorized_keys`. */
export interface AuthorizedKeyState {
  /** The line that holds the key; absent when none does. */
  readonly line?: string;
  /** Its number in the file, counted from 1. */
  readonly at?: number;
  /** The file is there. */
  readonly file: boolean;
  /** `~/.ssh` is there. */
  readonly folder: boolean;
  /** Home, folder or file may be written by others than the user and root: sshd then ignores all keys (StrictModes). */
  readonly exposed: boolean;
  /** The mode in octal of each of them that group or others may write, by `home`, `folder` and `file`; absent when there is none. */
  readonly modes?: Readonly<Record<string, string>>;
}

const NONE: AuthorizedKeyState = { file: false, folder: false, exposed: false };

/** The subject of a user's key: its base64 part names it, whatever stands before and after. */
export const keySubject = (user: string, blob: string): string => `${user} ${blob}`;

/** One line, read as `field<TAB>value…`, goes into what is known of a user. */
interface Seen {
  readonly lines: readonly string[];
  readonly state: AuthorizedKeyState;
}

function take(seen: Seen, user: string, [word, first = "", access = ""]: readonly string[]): Seen {
  if (word === "line") return { ...seen, lines: [...seen.lines, first] };
  const [bits = "", owner = ""] = access.split(" ");
  const isExposed = (Number.parseInt(bits, 8) & 0o022) !== 0 || (owner !== "root" && owner !== user);
  const { state } = seen;
  const modes = (Number.parseInt(bits, 8) & 0o022) === 0 ? state.modes : { ...state.modes, [first]: bits };
  const next = { file: state.file || first === "file", folder: state.folder || first === "folder", exposed: state.exposed || isExposed };
  return { ...seen, state: { ...next, ...(modes === undefined ? {} : { modes }) } };
}

/**
 * Keys by user and base64 part (`keySubject`). Only lines with a key that was asked for are read; links are followed, as
 * sshd follows them, and a file that does not end is given up.
 */
export const authorizedKeys = defineFact<AuthorizedKeyState>({
  fact: "authorized-keys",
  script: `
awk 'BEGIN {
  for (i = 1; i < ARGC; i++) { split(ARGV[i], word, " "); asked[word[1]] }
  while ((getline line < "/etc/passwd") > 0) { split(line, field, ":"); if (field[1] in asked) print field[1] ":" field[6] }
}' "$@" | while IFS=: read -r user home; do
  printf 'user\\t%s\\n' "$user"
  say() { test -e "$2" && printf 'entry\\t%s\\t%s\\n' "$1" "$(stat -L -c '%a %U' "$2")"; }
  say home "$home"
  say folder "$home/.ssh"
  say file "$home/.ssh/authorized_keys"
  test -f "$home/.ssh/authorized_keys" || continue
  printf '%s\\n' "$@" | cut -d ' ' -f 2 | timeout 10 grep -nF -f /dev/stdin -- "$home/.ssh/authorized_keys" | awk '{ gsub(/\\t/, " "); print "line\\t" $0 }'
done
`,
  parse(output, subjects) {
    const users = new Map<string, Seen>();
    let user = "";
    for (const line of output.split("\n")) {
      if (line === "") continue;
      const words = line.split("\t");
      if (words[0] === "user") users.set((user = words[1] ?? ""), { lines: [], state: NONE });
      else users.set(user, take(users.get(user) ?? { lines: [], state: NONE }, user, words));
    }
    return new Map(
      subjects.map((subject) => {
        const [name = "", blob = ""] = subject.split(" ");
        const { lines, state } = users.get(name) ?? { lines: [], state: NONE };
        const numbered = lines.map((text) => ({ at: Number.parseInt(text), line: text.replace(/^\d+:/, "") }));
        const found = numbered.find(({ line }) => !line.startsWith("#") && line.split(" ").includes(blob));
        return [subject, { ...state, ...found }];
      }),
    );
  },
});
