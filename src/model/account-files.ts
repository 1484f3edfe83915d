import { run } from "#model/step.ts";
import type { Run } from "#model/step.ts";

/**
 * Edits the account files (passwd(5), group(5), shadow(5)) where a host has no useradd(8): POSIX sh and awk. Each file is
 * written beside itself, with mode and owner kept, and renamed. What is not mentioned stays as it is.
 */
const SCRIPT = `
set -eu
verb=$1 name=$2
rewrite() {
  file=$1
  shift
  cp -p "$file" "$file.steading"
  awk -F: -v OFS=: -v name="$name" "$@" "$file" >"$file.steading"
  mv "$file.steading" "$file"
}
put() {
  export line="$2"
  rewrite "$1" '$1 == name { print ENVIRON["line"]; done = 1; next } { print } END { if (!done) print ENVIRON["line"] }'
}
id_of() { awk -F: -v name="$1" '$1 == name { print $3 }' "$2"; }
free() {
  first=$1
  shift
  awk -F: -v id="$first" '{ taken[$3] } END { while (id in taken) id++; print id }' "$@"
}
join_groups() {
  rewrite /etc/group -v list=",$1," '{
    wanted = index(list, "," $1 ",") > 0
    if (wanted != (index("," $4 ",", "," name ",") > 0)) {
      count = split($4, members, ",")
      $4 = ""
      for (i = 1; i <= count; i++) if (members[i] != name) $4 = $4 ($4 == "" ? "" : ",") members[i]
      if (wanted) $4 = $4 ($4 == "" ? "" : ",") name
    }
    print
  }'
}
case $verb in
  group)
    gid=\${3:-$(id_of "$name" /etc/group)}
    put /etc/group "$name:x:\${gid:-$(free "$4" /etc/passwd /etc/group)}:$(awk -F: -v name="$name" '$1 == name { print $4 }' /etc/group)"
    ;;
  user)
    uid=\${3:-$(id_of "$name" /etc/passwd)}
    gid=$(id_of "$5" /etc/group)
    test "$gid" -ge "$4" && first=$gid || first=$4
    put /etc/passwd "$name:x:\${uid:-$(free "$first" /etc/passwd)}:$gid:$6:$7:$8"
    grep -q "^$name:" /etc/shadow || put /etc/shadow "$name:!:$(($(date +%s) / 86400)):0:99999:7:::"
    ;;
  home)
    home=$(awk -F: -v name="$name" '$1 == name { print $6 }' /etc/passwd)
    test -d "$home" && exit 0
    mkdir -p "\${home%/*}/" && mkdir -m 0700 "$home"
    test -d /etc/skel && cp -r /etc/skel/. "$home"
    chown -R "$name:" "$home"
    ;;
  groups) join_groups "$3" ;;
  hash)
    IFS= read -r hash || true
    export hash
    rewrite /etc/shadow -v day="$3" -v more="$4" '
      $1 == name { $2 = ENVIRON["hash"]; if (day != "") $3 = day; count = split(more, field); for (i = 1; i <= count; i++) $(3 + i) = field[i] }
      { print }'
    ;;
  lock) rewrite /etc/shadow '$1 == name && $2 !~ /^!/ { $2 = "!" $2 } { print }' ;;
  unlock) rewrite /etc/shadow '$1 == name { sub(/^!+/, "", $2) } { print }' ;;
  remove-user)
    join_groups ""
    rewrite /etc/passwd '$1 != name'
    rewrite /etc/shadow '$1 != name'
    ;;
  members) rewrite /etc/group -v list="$3" '$1 == name { $4 = list } { print }' ;;
  remove-group) rewrite /etc/group '$1 != name' ;;
esac
`;

/** What can be done to an account or group; the words that follow are in the order of the script. */
type Verb = "group" | "user" | "home" | "groups" | "hash" | "lock" | "unlock" | "remove-user" | "members" | "remove-group";

/** A step that edits the account files of a host without useradd(8). */
export const editAccounts = (verb: Verb, name: string, words: readonly string[] = [], stdin?: string): Run =>
  run(["sh", "-c", SCRIPT, "steading", verb, name, ...words], stdin === undefined ? {} : { stdin });

/** Until nothing runs as the user, at most some seconds; never what is root's. */
const END = `
id=$(awk -F: -v name="$1" '$1 == name { print $3 }' /etc/passwd)
test "\${id:-0}" -gt 0 || exit 0
for signal in TERM KILL KILL KILL; do
  found=$(stat -c '%u %n' /proc/[0-9]* 2>/dev/null | awk -v id="$id" '$1 == id { sub(".*/", "", $2); print $2 }')
  test -n "$found" || exit 0
  loginctl terminate-user "$1" 2>/dev/null
  kill -s "$signal" $found 2>/dev/null
  sleep 1
done
exit 0
`;

/** A step that ends what runs as a user, which would keep the account. */
export const endProcesses = (name: string): Run => run(["sh", "-c", END, "steading", name], { running: true });

/** A home that is as it was made holds nothing of anybody. */
const CLEAR = `
test -d "$1" && ! test -L "$1" || exit 0
if test -d /etc/skel; then diff -r /etc/skel "$1" >/dev/null 2>&1; else test -z "$(ls -A "$1")"; fi && exec rm -r "$1"
echo "kept: $1, in which somebody put something"
`;

/** A step that removes a home in which nobody put anything; or with `all` in it, but nothing that is mounted there. */
export const clearHome = (home: string, tools: boolean, all: boolean): Run =>
  run(all ? ["rm", "-rf", ...(tools ? ["--one-file-system"] : []), "--", home] : ["sh", "-c", CLEAR, "steading", home]);
