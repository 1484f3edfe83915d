# The host's side of a transaction: POSIX sh, coreutils or busybox. Needs home, id, token and limit.
umask 077
unit=/etc/systemd/system/steading-keeper.service
wants=/etc/systemd/system/multi-user.target.wants/steading-keeper.service
originals=$home/originals
gone=

# use ID: where the transaction of that number keeps its things
use() {
  txn=$home/txn/$1
  stage=$txn/stage
  saved=$txn/saved
  out=$txn/out
  running=$txn/running
}
use "$id"

# say WORD...: to whoever watches; a watcher who is gone is remembered
say() { printf '%s %s\n' "$token" "$*" 2>/dev/null || gone=1; }
encoded() { base64 | tr -d '\n'; }
flush() { sync -f / "$home" "$@" 2>/dev/null || sync; }
boot_id() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo unbooted; }
# one_file PATH: its content, nothing where there is none
one_file() { cat "$1" 2>/dev/null; }

# refuse CODE TEXT: ends the transaction before anything was touched
refuse() {
  say "refused $1 $(printf '%s' "$2" | encoded)"
  rm -rf "$home/new-$id" 2>/dev/null
  if test "$(one_file "$home/lock/id")" = "$id"; then
    release
  elif ! test -e "$home/lock"; then
    rmdir "$home/originals" "$home/txn" "$home" 2>/dev/null
  fi
  exit 0
}

# claim: of those who want to undo and those who want to commit, one wins
claim() { mv "$txn/undo.sh" "$txn/undoing" 2>/dev/null; }

# save KEY PATH: keeps what is there now
save() {
  if test -L "$2"; then
    cp -a "$2" "$saved/$1.link"
  elif test -d "$2"; then
    stat -c '%a %u %g' "$2" >"$saved/$1.dir"
  elif test -e "$2"; then
    cp -a "$2" "$saved/$1.file"
  else
    true >"$saved/$1.absent"
  fi
}

# reserve: room that an undo on a full disk can use
reserve() {
  fallocate -l 8388608 "$txn/ballast" 2>/dev/null || head -c 8388608 /dev/zero >"$txn/ballast" 2>/dev/null
}

# replace TEMPORARY PATH: rename over a file or link, never into a directory that a link names
replace() {
  if test -L "$2"; then
    mv -fT "$1" "$2" 2>/dev/null || { rm -f "$2" && mv -f "$1" "$2"; }
  elif test -d "$2"; then
    echo "$2 is a directory" >&2
    rm -f "$1"
    return 1
  else
    mv -f "$1" "$2"
  fi
}

# copy_back FROM TEMPORARY: what an undo brings back needs no room; an original may be asked for again
copy_back() {
  if test -n "${undoing:-}" && ln "$1" "$2" 2>/dev/null; then return 0; fi
  cp -a "$1" "$2"
}

# put_back STORE KEY PATH: what `save` kept
put_back() {
  if test -e "$3.steading-$id" || test -L "$3.steading-$id"; then rm -f "$3.steading-$id"; fi
  if test -L "$1/$2.link"; then
    cp -a "$1/$2.link" "$3.steading-$id" && replace "$3.steading-$id" "$3"
  elif test -f "$1/$2.file"; then
    # An undo that runs once more has put this very file there already; rename(2) would leave both its names.
    if test "$1/$2.file" -ef "$3"; then return 0; fi
    if test -d "$3" && ! test -L "$3"; then rmdir "$3" || return 1; fi
    copy_back "$1/$2.file" "$3.steading-$id" && replace "$3.steading-$id" "$3"
  elif test -f "$1/$2.dir"; then
    read -r mode uid gid <"$1/$2.dir"
    if test -e "$3" && ! test -d "$3"; then rm -f "$3"; fi
    (umask 022 && mkdir -p "$3") && chown "$uid:$gid" "$3" && chmod "$mode" "$3"
  elif test -e "$1/$2.absent"; then
    remove "$3"
  else
    echo "the original of $3 is lost" >&2
    return 1
  fi
}

# restore KEY PATH: the copy of this transaction while it is undone, else the original
restore() {
  if test -n "${undoing:-}"; then put_back "$saved" "$1" "$2"; else put_back "$originals" "$1" "$2"; fi
}

# remove PATH: a file, a link, or a directory if it is empty
remove() {
  if test -d "$1" && ! test -L "$1"; then
    rmdir "$1" 2>/dev/null || echo "kept: $1, in which there is something of others"
  elif test -e "$1" || test -L "$1"; then
    rm -f "$1"
  fi
}

# write_file STAGED PATH MODE OWNER GROUP
write_file() {
  ln "$stage/$1" "$2.steading-$id" 2>/dev/null || cp -p "$stage/$1" "$2.steading-$id" || { rm -f "$2.steading-$id"; return 1; }
  if test "$4:$5" != root:root; then
    chown "$4:$5" "$2.steading-$id" && chmod "$3" "$2.steading-$id" || return 1
  fi
  replace "$2.steading-$id" "$2"
}

# make_directory PATH MODE OWNER GROUP
make_directory() {
  (umask 022 && mkdir -p "$1") && chown "$3:$4" "$1" && chmod "$2" "$1"
}

# make_symlink PATH TARGET
make_symlink() {
  rm -f "$1.steading-$id"
  ln -s "$2" "$1.steading-$id" && replace "$1.steading-$id" "$1"
}

# mark ITEM...: into the journal and onto the disk, before the first step of any of them
mark() {
  printf '%s\n' "$@" 2>/dev/null >>"$txn/journal" && { sync "$txn/journal" 2>/dev/null || sync; }
}

# begin OP: goes no further without a watcher, unless the change itself may have cut the line
begin() {
  say "begin $1"
  printf '#begin %s\n' "$1" 2>/dev/null >>"$out"
  if test -n "$gone" && test -z "$risky"; then is_missed || give_up; fi
}

# is_missed: the watcher comes back over another connection; from then on it is the keeper's matter
is_missed() {
  test -z "$brief" || return 1
  rm -f "$txn/heartbeat"
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    test -e "$txn/heartbeat" && risky=1 && return 0
    sleep 1
  done
  return 1
}

# said_since MARK: what was said from there on; all of it where a full disk has no room for the mark
said_since() {
  if grep -q "^#$1\$" "$out"; then sed "1,/^#$1\$/d" "$out"; else cat "$out"; fi | tail -c 20000
}

# ended OP EXIT ALLOWED: goes on, or undoes everything and ends
ended() {
  case " $3 " in
    *" $2 "*) say "end $1" ;;
    *)
      # On a full disk there is no output to tell of.
      say "failed $1 $2 $({ said_since "begin $1" && { printf x >"$txn/room"; } 2>/dev/null || echo "no room is left on the disk, or it is read-only"; } | encoded)"
      give_up
      ;;
  esac
}

# tell_kept: what was not taken away, as it is not ours alone
tell_kept() {
  sed -n 's/^kept: //p' "$out" | sort -u | while read -r kept; do say "kept $(printf '%s' "$kept" | encoded)"; done
}

# give_up: undoes, or waits until the keeper has done it
give_up() {
  if claim; then
    roll_back
  else
    while test -d "$txn"; do sleep 1; done
    say "$(outcome)"
  fi
  exit 0
}

# outcome: how a transaction ended that is not there any more
outcome() { if test "$(one_file "$home/failed/id")" = "$id"; then echo partial; else echo reverted; fi; }

# undo_all: what the journal names, then what runs; an undo that was killed goes on from its start, as its steps may run twice
undo_all() {
  rm -f "$txn/ballast"
  printf '#undo\n' 2>/dev/null >>"$out"
  for _ in 1 2 3; do
    undone=0
    sh "$txn/undoing" || undone=$?
    test "$undone" -gt 128 || break
  done
  running_back >>"$out" 2>&1
  test "$undone" = 0
}

# roll_back: undoes everything, then lets go
roll_back() {
  if undo_all; then
    flush
    release
    say reverted
  else
    undo_said=$(said_since undo 2>/dev/null | encoded)
    keep_failed
    release
    say "partial $undo_said"
  fi
}

# keep_failed: what a failed undo had to work with, for a person to look at
keep_failed() {
  # What was to be written, and what commands said, may hold secrets; whoever ran this was told the latter.
  rm -rf "$home/failed" "$stage" "$out"
  mv -T "$txn" "$home/failed" && printf '%s' "$id" >"$home/failed/id"
  if test -e "$trials/txn/$id"; then true >"$trials/txn/$id/kept"; fi
}

# finish: keeps first originals, drops those given back, puts the ledger in place; may be run again
finish() {
  for copy in "$saved"/*.file "$saved"/*.link "$saved"/*.dir "$saved"/*.absent; do
    test -e "$copy" || test -L "$copy" || continue
    name=${copy##*/}
    known "${name%.*}" && continue
    # Absence is the commonest original, and made without another process.
    case $name in *.absent) true >"$originals/$name" ;; *) mv "$copy" "$originals/$name" ;; esac || return 1
  done
  while read -r key; do
    printf '%s\0' "$key.file" "$key.link" "$key.dir" "$key.absent"
  done <"$txn/drop" | (cd "$originals" && xargs -0 rm -f)
  if test -f "$txn/ledger"; then mv "$txn/ledger" "$home/ledger" || return 1; fi
  rm -f "$trials/fell-back"
  if test -f "$txn/leave"; then
    rm -rf "$home/ledger" "$home/failed"
    forget
    trial_forget
  else
    trial_keep || return 1
  fi
  flush
}

# forget: what is kept of a host of which nothing is owned; a failed undo stays for a person to look at
forget() {
  for kept in "$home"/*; do
    case ${kept##*/} in lock | txn | failed | new-* | stale-*) ;; *) rm -rf "$kept" ;; esac
  done
}

# known KEY: an original of it is kept
known() {
  test -e "$originals/$1.file" || test -L "$originals/$1.link" || test -e "$originals/$1.dir" || test -e "$originals/$1.absent"
}
