import { authorizedKeyLines } from "#facts/authorized-key-lines.ts";
import { authorizedKeys, keySubject } from "#facts/authorized-keys.ts";
import { change } from "#model/change.ts";
import { defineKind } from "#model/kind.ts";
import { account, list, oneOf, optional, propsOf, text } from "#model/schema.ts";
import { run } from "#model/step.ts";
import type { Step } from "#model/step.ts";

/** Desired key that opens an account through ssh, as written in a stack. */
export interface AuthorizedKeyProps {
  /** Whose account it opens. */
  user: string;
  /** The public key as ssh-keygen(1) writes it: `ssh-ed25519 AAAA… alice@laptop`. */
  key: string;
  /** Restrictions, as AUTHORIZED_KEYS FILE FORMAT in sshd(8) has them: `restrict`, `command="…"`, `from="10.0.0.0/8"`. */
  options?: readonly string[];
  /** @defaultValue `present` */
  state?: "present" | "absent";
}

const KEY =
  /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{20,}={0,3}( [^\s\p{Cc}][^\p{Cc}]*)?$/u;
const OPTION = /^[a-zA-Z0-9-]+(="([^"\\\p{Cc}]|\\")*")?$/u;

const props = propsOf<AuthorizedKeyProps>()({
  user: account,
  key: text(
    KEY,
    "the whole line of a .pub file, such as ssh-ed25519 AAAA… alice@laptop",
  ),
  options: optional(list(text(OPTION, 'an option such as restrict or from="10.0.0.0/8"'))),
  state: optional(oneOf("present", "absent")),
});

const isAbsent = (want: AuthorizedKeyProps): boolean => want.state === "absent";
const blobOf = (want: AuthorizedKeyProps): string => want.key.split(" ")[1] ?? "";
const lineOf = (want: AuthorizedKeyProps): string => `${want.options === undefined || want.options.length === 0 ? "" : `${want.options.join(",")} `}${want.key.trim()}`;

/** What a line says: the options before the key, with commas between them that stand in no quotes. */
function asFound(user: string, line: string): AuthorizedKeyProps | undefined {
  const options = /^((?:[^\s"]|"(?:[^"\\]|\\.)*")+) (?=(ssh|ecdsa|sk)-)/.exec(line)?.[1];
  const key = options === undefined ? line : line.slice(options.length + 1);
  const words = options?.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return KEY.test(key) && words.every((word) => OPTION.test(word)) ? { user, key, ...(options === undefined ? {} : { options: words }) } : undefined;
}

/**
 * Runs with the user's own rights, as the file is in the user's hands: a link set as a trap leads nowhere that the user may
 * not write anyway. Other lines stay as they are; a line with the same key is replaced where it is.
 */
const EDIT = `
set -eu
umask 077
blob=$1 line=$2 made=$3 at=$4 modes=$5 home=$6
folder=$home/.ssh
test -n "$line" || test -d "$folder" || exit 0
test -d "$folder" || mkdir "$folder"
file=$folder/authorized_keys
if test -L "$file"; then file=$(readlink -f "$file"); fi
test -e "$file" || test -n "$line" || exit 0
test -e "$file" || : >"$file"
export blob line at
cp -p "$file" "$file.steading"
awk '
  NR == ENVIRON["at"] && ENVIRON["line"] != "" && !done++ { print ENVIRON["line"] }
  /^#/ { print; next }
  { for (i = 1; i <= NF; i++) if ($i == ENVIRON["blob"]) { if (ENVIRON["line"] != "" && !done++) print ENVIRON["line"]; next } print }
  END { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"] }
' "$file" >"$file.steading"
mv "$file.steading" "$file"
if test -z "$line"; then
  case $made in *file*) test -s "$file" || rm "$file" ;; esac
  case $made in *folder*) rmdir "$folder" 2>/dev/null || true ;; esac
else
  chmod go-w "$folder" "$home" "$file" 2>/dev/null || true
fi
for mode in $modes; do
  case $mode in
    home=*) chmod "\${mode#*=}" "$home" ;;
    folder=*) chmod "\${mode#*=}" "$folder" ;;
    file=*) chmod "\${mode#*=}" "$file" ;;
  esac || true
done
`;

/** Takes on the user's rights: with setpriv(1) of util-linux, which starts no session; elsewhere with su(1). */
const AS_USER = `
user=$1 edit=$2
shift 2
entry=$(awk -F: -v user="$user" '$1 == user { print $4 ":" $6 }' /etc/passwd)
if test -z "$entry"; then
  test -z "$2" && exit 0
  echo "there is no user $user" >&2
  exit 1
fi
home=\${entry#*:}
if setpriv --version >/dev/null 2>&1; then
  exec setpriv --reuid "$user" --regid "\${entry%%:*}" --init-groups -- sh -c "$edit" steading "$@" "$home"
fi
exec su -s /bin/sh "$user" -c "$edit" steading "$@" "$home"
`;

/**
 * Puts the line in the file, where the key is or at the line `at`; an empty one takes the key out, and with it what Steading
 * `made` and left empty. `modes` that others may write with are given back.
 */
const edit = (want: AuthorizedKeyProps, line: string, made = "", at = "", modes = ""): Step =>
  run(["sh", "-c", AS_USER, "steading", want.user, EDIT, blobOf(want), line, made, at, modes]);

/**
 * One key in a user's `~/.ssh/authorized_keys`; all other lines stay as they are.
 *
 * @example Alice's laptop
 * ```ts
 * authorizedKey("laptop", { user: "alice", key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFd5B+g+knO/c8Am0zzYSYsqMMd57lcueNfQ0bnI0tHf alice@laptop" });
 * ```
 */
export const authorizedKey = defineKind({
  kind: "authorized-key",
  props,
  owns: (want) => [`authorized-key:${want.user}:${blobOf(want)}`],
  needs: (want) => [`user:${want.user}`],
  risk: "connection",
  reads: (want) => ({ key: authorizedKeys(keySubject(want.user, blobOf(want))) }),
  diff: (want, { key: have }) => [
    ...change("line", have.line, isAbsent(want) ? undefined : lineOf(want)),
    ...(have.exposed && !isAbsent(want) ? change("access", "others may write", "only the user may write") : []),
  ],
  apply: (want) => [edit(want, isAbsent(want) ? "" : lineOf(want))],
  undo(want, { key: before }) {
    const modes = isAbsent(want) ? [] : Object.entries(before.modes ?? {}).map(([name, mode]) => `${name}=${mode}`);
    return [edit(want, before.line ?? "", `${before.file ? "" : "file"} ${before.folder ? "" : "folder"}`, before.at?.toString(), modes.join(" "))];
  },
  survey: {
    reads: { all: authorizedKeyLines("all") },
    items: ({ all }) =>
      all.map(({ user, line }) => {
        const want = asFound(user, line);
        const name = `${user} ${want?.key.split(" ").slice(2).join(" ") ?? ""}`.trim();
        return want === undefined || lineOf(want) !== line ? { name: `a key of ${user}`, why: "its line is written in a way that an item cannot say" } : { name, want };
      }),
  },
});
