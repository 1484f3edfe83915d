import { PACKAGE_ARCHIVES } from "#model/package-archives.ts";
import { run } from "#model/step.ts";
import type { Run } from "#model/step.ts";

/** What dpkg-query(1) prints for `mend`, and for `look`; `$` and braces are its own. */
const SELECTED = "$" + "{binary:Package} $" + "{db:Status-Status} $" + "{db:Status-Want}\\n";
const TORN = "$" + "{binary:Package} $" + "{db:Status-Eflag}\\n";
const FORMAT = "$" + "{Package}:$" + "{Architecture} $" + "{db:Status-Status} $" + "{Version}\\n";

/**
 * Works with apt-get(8), and keeps in $notes what came and went with it, so that it can be taken back exactly:
 *
 * - `before`: all that was there, on disk before apt begins, gone when it ended well. Found again, it tells that apt was cut off.
 * - `undoing`: there while something is taken back; `leaving`, `units` and `etc.tar`: what has to be seen to once packages are gone.
 * - `etc`: the paths in /etc before the first package came.
 * - `changes`: lines `came NAME absent|conf RUN`, `went NAME auto|manual VERSION`, and `moved NAME VERSION RUN` where what had
 *   another version may have made an account; accounts are `@user/NAME` and `@group/NAME`, and go with the last package of their RUN.
 *
 * Never asks, keeps configuration that the administrator changed, waits for whoever holds the lock. What is taken back is
 * marked as automatic and left to apt, which removes nothing that others need; what is not in `changes` is never removed.
 */
const SCRIPT = String.raw`
set -u
verb=$1
shift
command -v apt-get >/dev/null || exit 0
notes=/var/lib/steading/packages
native=$(dpkg --print-architecture)
umask 022
mkdir -p -m 0700 "$notes"
touch "$notes/changes"
trap 'test -s "$notes/changes" || rm "$notes/changes"; test -e "$notes/changes" || test -e "$notes/before" || rm -rf "$notes"' EXIT

get() {
  apt-get -q -y --no-install-recommends --allow-change-held-packages -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

${PACKAGE_ARCHIVES}
# plain WORD...: names without version and without the host's own architecture
plain() { printf '%s\n' "$@" | sed "s/=.*//; s/:$native\$//" | tr '\n' ' '; }

# accounts user|group FILE SHADOW: those of services, and those that are half there since a userdel was cut off
accounts() {
  awk -F: -v kind="@$1/" 'NR == FNR { is[$1]; if ($3 > 0 && $3 < 1000) print kind $1, "there manual", $3; next }
    !($1 in is) { print kind $1, "there manual -" }' "$2" "$3"
}

# look: NAME there|conf auto|manual VERSION for each package, and the accounts of services
look() {
  dpkg-query -W -f '${FORMAT}' | sed "s/:all /:$native /" | awk -v native=":$native" '
    BEGIN {
      while ((getline line < "/var/lib/apt/extended_states") > 0) {
        split(line, field, ": ")
        if (field[1] == "Package") name = field[2]
        if (field[1] == "Architecture") name = name ":" field[2]
        if (line == "Auto-Installed: 1") auto[name]
      }
    }
    $2 != "not-installed" {
      mark = $1 in auto ? "auto" : "manual"
      sub(native "$", "", $1)
      print $1, ($2 == "config-files" ? "conf" : "there"), mark, $3
    }'
  accounts user /etc/passwd /etc/shadow
  accounts group /etc/group /etc/gshadow
}

# there NAME...: those of the names that are installed
there() { look | awk -v names=" $* " '$2 == "there" && index(names, " " $1 " ") { print $1 }'; }

# note: what is there, on disk before anything begins
note() {
  test -e "$notes/etc" || find /etc | cut -c 2- >"$notes/etc"
  look >"$notes/new" && sync "$notes/etc" "$notes/new" && mv "$notes/new" "$notes/before" && sync "$notes"
}

# fresh: NAME absent|conf MARK of what was not there at the note
fresh() { look | awk 'NR == FNR { was[$1] = $2; next } $2 == "there" && was[$1] != "there" { print $1, (was[$1] == "conf" ? "conf" : "absent"), $3 }' "$notes/before" -; }

# record NAME...: what came, went and moved since the note, but for the going of these names
record() {
  run=$(date +%s)-$$
  {
    cat "$notes/changes"
    fresh | awk -v run="$run" '{ print "came", $1, $2, run }'
    look | awk -v names=" $* " -v run="$run" -v made="$(fresh | grep -c ^@)" 'NR == FNR { if ($2 == "there") is[$1] = $4; next }
      $2 != "there" || /^@/ { next }
      $1 in is { if (made > 0 && is[$1] != $4) print "moved", $1, $4, run; next }
      !index(names, " " $1 " ") { print "went", $1, $3, $4 }' - "$notes/before"
  } >"$notes/new"
  sync "$notes/new"
  mv "$notes/new" "$notes/changes"
  rm "$notes/before"
}

# came: NAMEs that came with us and are still there
came() { look | awk 'NR == FNR { if ($1 == "came") ours[$2]; next } $2 == "there" && $1 in ours && !/^@/ { print $1 }' "$notes/changes" -; }

# aside: the packages in $leaving, their units, and what of /etc was there before them, are kept while they go
aside() {
  settle
  printf '%s\n' $leaving >"$notes/leaving"
  dpkg-query -L $leaving 2>/dev/null | sed -n 's|.*/systemd/system/\([^/@]*\.[a-z]*\)$|\1|p' | sort -u >"$notes/units"
  find /etc | cut -c 2- | grep -xFf "$notes/etc" | tar -C / --no-recursion -cf "$notes/new" -T -
  sync "$notes/leaving" "$notes/units" "$notes/new"
  mv "$notes/new" "$notes/etc.tar"
}

# settle: of packages that left nothing stays that was not there before; units whose file is gone do not run on; nothing in /etc
# is gone that was there before: some packages clear away what is not theirs
settle() {
  test -e "$notes/etc.tar" || return 0
  kept=" $({
    awk '$1 == "came" && $3 == "conf" { print $2 }' "$notes/changes"
    test ! -e "$notes/before" || awk '$2 == "conf" { print $1 }' "$notes/before"
  } | tr '\n' ' ') "
  rest=$(look | awk -v kept="$kept" 'NR == FNR { left[$1]; next } $2 == "conf" && $1 in left && !index(kept, " " $1 " ") { print $1 }' "$notes/leaving" -)
  settled=0
  test -z "$rest" || dpkg --purge $rest || settled=1
  tar -C / --skip-old-files -xf "$notes/etc.tar"
  if test -d /run/systemd/system && test -s "$notes/units"; then
    systemctl daemon-reload
    while read -r unit; do
      test "$(systemctl show -p LoadState --value "$unit")" = not-found || continue
      systemctl stop "$unit"
      systemctl reset-failed "$unit"
      rm -f "/var/lib/systemd/timers/stamp-$unit"
    done <"$notes/units" 2>/dev/null
  fi
  rm "$notes/leaving" "$notes/units" "$notes/etc.tar"
  return $settled
}

# without NAME... -- COMMAND...: removes packages with a command, and what is left of those that were not there at all
without() {
  leaving=
  while test "$1" != --; do leaving="$leaving $1"; shift; done
  shift
  aside
  "$@"
  result=$?
  settle || result=1
  return $result
}

# begin: there is something to undo; found again, it tells that this was cut off
begin() { did=1 && : >"$notes/undoing" && sync "$notes/undoing" "$notes"; }

# unlock: locks on accounts whose owner was killed are gone, and what it was writing
unlock() {
  for file in passwd shadow group gshadow subuid subgid; do
    for lock in "/etc/$file".[0-9]* "/etc/$file.lock"; do
      test -f "$lock" && owner=$(tr -d '\0' <"$lock") || continue
      case $owner in '' | *[!0-9]*) continue ;; esac
      kill -0 "$owner" 2>/dev/null || rm -f "$lock" "/etc/$file+"
    done
  done
}

# whole NAME...: what was cut off before dpkg noted its files is unpacked once more, else nobody would know what is to go
whole() {
  for name do
    ! dpkg-query -L "$name" 2>/dev/null | grep -q ^/ || continue
    # What dpkg was unpacking is in tmp.ci; its archive is called so by apt, in its cache and when it downloads.
    archive=$(awk -v name="$name" '/^[^ ]/ { field[$1] = $2 } END {
      sub(":.*", "", name)
      gsub(":", "%3a", field["Version:"])
      if (field["Package:"] == name) print name "_" field["Version:"] "_" field["Architecture:"] ".deb"
    }' /var/lib/dpkg/tmp.ci/control)
    version=$(printf '%s' "$archive" | sed 's/^[^_]*_//; s/_.*//; s/%3a/:/')
    rm -rf "$notes/again"
    mkdir "$notes/again"
    (cd "$notes/again" && { cp "/var/cache/apt/archives/$archive" . || get download "$name=$version" || get download "$name"; }) 2>/dev/null \
      && dpkg --unpack --force-depends "$notes/again"/*.deb
    rm -rf "$notes/again"
  done
}

# mend NAME...: where apt was cut off, what it began goes, and dpkg works again; what that brings is recorded too
mend() {
  isCut() { test -e "$notes/before" || test -e "$notes/undoing" || ls /var/lib/dpkg/updates/[0-9]* >/dev/null 2>&1; }
  isCut || return 0
  get check >/dev/null 2>&1 # waits for an apt that goes on without us
  isCut || return 0
  begin
  unlock
  begun=
  test ! -e "$notes/before" || begun=$(fresh | awk '!/^@/ { print $1 }')
  whole $begun
  test -z "$begun" || without $begun -- dpkg --remove --force-depends --force-remove-reinstreq $begun
  dpkg --configure -a --force-confdef --force-confold
  # apt says first what shall go: what had not gone yet stays.
  dpkg-query -W -f '${SELECTED}' | awk '$2 == "installed" && ($3 == "deinstall" || $3 == "purge") { print $1, "install" }' | dpkg --set-selections
  torn=$(dpkg-query -W -f '${TORN}' | awk '$2 == "reinstreq" { print $1 }')
  test -z "$torn" || get install --reinstall $torn
  test -z "$(dpkg --audit)" && get check >/dev/null 2>&1 || get -f install
  # apt forgets what is automatic before it goes, and marks what it installs again as wanted.
  left=$(there $(cat "$notes/leaving" 2>/dev/null))
  test -z "$left" || apt-mark auto $left
  settle
  test ! -e "$notes/before" || record "$@"
}

# sweep: apt removes what came with us, is marked as automatic, and that nothing depends on
sweep() {
  test -n "$(came)" || return 0
  rules=$notes/rules
  printf '#clear APT::%s;\n' NeverAutoRemove Never-MarkAuto-Sections Move-Autobit-Sections >"$rules"
  printf 'APT::%s "false";\n' Protect-Kernels AutoRemove::RecommendsImportant AutoRemove::SuggestsImportant >>"$rules"
  while :; do
    going=$(get -s -c "$rules" autoremove) || return 1
    going=$(printf '%s\n' "$going" | awk '$1 == "Remv" || $1 == "Purg" { print $2 }')
    others=$(printf '%s\n' "$going" | grep -vxF "$(came)")
    test -n "$others" || break
    printf 'APT::NeverAutoRemove:: "^%s$";\n' $(printf '%s\n' "$others" | sed 's/:.*//; s/[+.]/[&]/g') >>"$rules"
  done
  test -z "$going" || without $going -- get -c "$rules" autoremove || return 1
  rm "$rules"
}

# come_back: what had to go for others is there again, unless it would drive something away now
come_back() {
  awk '$1 == "went" { print $2, $3, $4 }' "$notes/changes" >"$notes/went"
  gone=" $(look | awk 'NR == FNR { if ($2 == "there") is[$1]; next } !($1 in is) { print $1 }' - "$notes/went" | tr '\n' ' ')"
  archives=$(kept $(awk -v gone="$gone" 'index(gone, " " $1 " ") { print $1 "=" $3 }' "$notes/went"))
  # All at once, as they may need each other.
  if test -n "$archives" && plan=$(get -s install $archives); then
    case $plan in *Remv*) ;; *) install_kept $archives ;; esac
  fi
  result=0
  while read -r name mark version; do
    case $gone in *" $name "*) ;; *) continue ;; esac
    if test -z "$(there "$name")"; then
      for word in "$name=$version" "$name"; do
        if plan=$(get -s install "$word" 2>/dev/null); then break; fi
      done
      case $plan in *Remv*) continue ;; esac
      get install "$word" </dev/null || { result=1; break; }
    fi
    test "$mark" = manual || apt-mark auto "$name"
  done <"$notes/went"
  rm "$notes/went"
  return $result
}

# tidy: accounts of services go with the last package of their run; what is as it was is forgotten
tidy() {
  look | awk 'NR == FNR { if ($2 == "there") is[$1] = $4; next }
    $1 == "came" ? $2 in is : $1 == "moved" ? $2 in is && is[$2] != $3 : !($2 in is)' - "$notes/changes" >"$notes/new"
  mv "$notes/new" "$notes/changes"
  awk '$2 !~ /^@/ { busy[$4]; next } { run[$2] = $4 } END { for (name in run) if (!(run[name] in busy)) print name }' "$notes/changes" | sort -r >"$notes/gone"
  while IFS=/ read -r kind name; do
    case $kind in
      # Half an account is made whole first: nothing else takes it away under a lock.
      @user)
        grep -q "^$name:" /etc/passwd || useradd --system --no-create-home --no-user-group "$name"
        userdel "$name"
        ;;
      @group)
        ! grep -q "^$name:" /etc/group /etc/gshadow || {
          grep -q "^$name:" /etc/group || groupadd --system "$name"
          groupdel "$name"
        }
        ;;
    esac && sed -i "\|^came $kind/$name |d" "$notes/changes"
  done <"$notes/gone"
  rm "$notes/gone"
}

# take_back absent|conf NAME...: goes, unless others need it by now
take_back() {
  state=$1
  shift
  mine=$(there "$@")
  for name in $mine; do
    grep -qF "came $name " "$notes/changes" || echo "came $name $state -" >>"$notes/changes"
  done
  test -z "$mine" || { begin; apt-mark unhold $mine; apt-mark auto $mine; }
  test -z "$did" || sweep || return 1
  rest=$(look | awk -v names=" $* " '$2 == "conf" && index(names, " " $1 " ") { print $1 }')
  test "$state" = conf || test -z "$rest" || dpkg --purge $rest
  for name in $(there "$@"); do echo "kept: $name, which others need"; done
}

# lacking NAME=VERSION...: those that are not there, or not at this version
lacking() { look | awk -v wanted="$*" '$2 == "there" { is[$1 "=" $4] } END { count = split(wanted, word, " "); for (i = 1; i <= count; i++) if (!(word[i] in is)) print word[i] }'; }

# bring_back NAME=VERSION...: there again, at this version where its archive can be had
bring_back() {
  missing=$(lacking "$@")
  test -n "$missing" || return 0
  begin
  archives=$(kept $missing)
  test -z "$archives" || install_kept $archives
  missing=$(lacking $missing)
  test -z "$missing" || get install --allow-downgrades $missing || get install $(plain $missing)
}

names=$(plain "$@")
did=
case $verb in
  install | remove)
    test ! -e "$notes/before" || record
    note && keep "$verb" "$@" && get "$verb" "$@" || exit
    strays=$(fresh | awk -v names=" $names " '!/^@/ && $3 == "manual" && !index(names, " " $1 " ") { print $1 }')
    test -z "$strays" || apt-mark auto $strays
    record $names
    exit
    ;;
esac
mend $names
case $verb in
  purge) take_back absent $names ;;
  withdraw) take_back conf $names ;;
  back) bring_back "$@" && { test -z "$did" || sweep; } ;;
  auto)
    manual=$(look | awk -v names=" $names " '$2 == "there" && $3 == "manual" && index(names, " " $1 " ") { print $1 }')
    test -z "$manual" || { begin; apt-mark auto $manual; sweep; }
    ;;
esac
ended=$?
test -z "$did" || { settle; come_back && tidy || ended=1; }
test $ended != 0 || rm -f "$notes/undoing"
exit $ended
`;

const ENV = { DEBIAN_FRONTEND: "noninteractive", APT_LISTCHANGES_FRONTEND: "none", NEEDRESTART_SUSPEND: "1", LC_ALL: "C.UTF-8" };

const work = (verb: readonly string[], name: string): Run => run(["sh", "-c", SCRIPT, "apt-get", ...verb], { env: ENV, each: [name] });

/** What a package manager must be able to do; another one is another object of this shape. */
export const apt = {
  /** Ends what was interrupted. */
  finish: run(["dpkg", "--configure", "-a", "--force-confdef", "--force-confold"], { env: ENV, once: true }),
  refresh: run(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "update"], { env: ENV, once: true }),
  install: (name: string): Run => work(["install"], name),
  installVersion: (name: string, version: string): Run => work(["install", "--allow-downgrades"], `${name}=${version}`),
  /** Leaves configuration, so that it can come back. */
  remove: (name: string): Run => work(["remove"], name),
  hold: (name: string, hold: boolean): Run => run(["apt-mark", hold ? "hold" : "unhold"], { each: [name] }),
  /** Somebody wants it for its own sake: it stays when others do not need it any more. */
  manual: (name: string): Run => run(["apt-mark", "manual"], { each: [name] }),
  /** In undo: goes with its configuration, and what came along with it. */
  purge: (name: string): Run => work(["purge"], name),
  /** In undo: goes, and leaves the configuration that was there before. */
  withdraw: (name: string): Run => work(["withdraw"], name),
  /** In undo: there again, with what went along. */
  back: (name: string, version: string): Run => work(["back"], `${name}=${version}`),
  /** In undo: there because others need it. */
  auto: (name: string): Run => work(["auto"], name),
};
