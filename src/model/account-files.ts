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
    rewrite /etc/shadow -v day="$3" '$1 == name { $2 = ENVIRON["hash"]; if (day != "") $3 = day } { print }'
    ;;
  lock) rewrite /etc/shadow '$1 == name && $2 !~ /^!/ { $2 = "!" $2 } { print }' ;;
  unlock) rewrite /etc/shadow '$1 == name { sub(/^!+/, "", $2) } { print }' ;;
  remove-user)
    join_groups ""
    rewrite /etc/passwd '$1 != name'
    rewrite /etc/shadow '$1 != name'
    ;;
  remove-group) rewrite /etc/group '$1 != name' ;;
esac
`;

/** What can be done to an account or group; the words that follow are in the order of the script. */
type Verb = "group" | "user" | "home" | "groups" | "hash" | "lock" | "unlock" | "remove-user" | "remove-group";

/** A step that edits the account files of a host without useradd(8). */
export const editAccounts = (verb: Verb, name: string, words: readonly string[] = [], stdin?: string): Run =>
  run(["sh", "-c", SCRIPT, "steading", verb, name, ...words], stdin === undefined ? {} : { stdin });
