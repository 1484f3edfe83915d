# The host's side of a transaction: POSIX sh, coreutils or busybox. Needs home, id and token.
umask 077
txn=$home/txn
stage=$txn/stage
saved=$txn/saved
originals=$home/originals
out=$txn/out

say() { printf '%s %s\n' "$token" "$*"; }
encoded() { base64 | tr -d '\n'; }
flush() { sync -f "$home" 2>/dev/null || sync; }
boot_id() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo unbooted; }

# refuse CODE TEXT: ends the transaction before anything was touched
refuse() {
  say "refused $1 $(printf '%s' "$2" | encoded)"
  test "$(cat "$home/lock/id" 2>/dev/null)" = "$id" && rm -rf "$txn" "$home/lock"
  exit 0
}

# take_lock HOLDER
take_lock() {
  mkdir -p "$home"
  chmod 0700 "$home"
  if ! mkdir "$home/lock" 2>/dev/null; then
    recover || refuse host.locked "$(cat "$home/lock/holder" 2>/dev/null)"
    mkdir "$home/lock" 2>/dev/null || refuse host.locked "$(cat "$home/lock/holder" 2>/dev/null)"
  fi
  printf '%s' "$id" >"$home/lock/id"
  printf '%s' "$1" >"$home/lock/holder"
  printf '%s' "$$" >"$home/lock/pid"
  date +%s >"$home/lock/since"
  boot_id >"$home/lock/boot"
  rm -rf "$txn"
  mkdir -p "$stage" "$saved" "$originals"
  : >"$out"
  : >"$txn/journal"
}

# recover: finishes or undoes what nobody will end any more; fails while its holder may be alive
recover() {
  if test "$(cat "$home/lock/boot" 2>/dev/null)" = "$(boot_id)"; then
    kill -0 "$(cat "$home/lock/pid" 2>/dev/null || echo x)" 2>/dev/null && return 1
    test $(($(date +%s) - $(cat "$home/lock/since" 2>/dev/null || echo 0))) -ge 120 || return 1
  fi
  if test -f "$txn/committed"; then
    finish
  elif test -f "$txn/undo.sh"; then
    sh "$txn/undo.sh" || return 1
  fi
  rm -rf "$txn" "$home/lock"
}

# save KEY PATH: keeps what is there now
save() {
  if test -L "$2"; then
    cp -a "$2" "$saved/$1.link"
  elif test -d "$2"; then
    stat -c '%a %u %g' "$2" >"$saved/$1.dir"
  elif test -e "$2"; then
    cp -a "$2" "$saved/$1.file"
  else
    : >"$saved/$1.absent"
  fi
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

# put_back STORE KEY PATH: what `save` kept
put_back() {
  if test -e "$3.steading-$id" || test -L "$3.steading-$id"; then rm -f "$3.steading-$id"; fi
  if test -L "$1/$2.link"; then
    cp -a "$1/$2.link" "$3.steading-$id" && replace "$3.steading-$id" "$3"
  elif test -f "$1/$2.file"; then
    if test -d "$3" && ! test -L "$3"; then rmdir "$3" || return 1; fi
    cp -a "$1/$2.file" "$3.steading-$id" && replace "$3.steading-$id" "$3"
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
    rmdir "$1" 2>/dev/null || echo "$1 is kept: it is not empty" >&2
  elif test -e "$1" || test -L "$1"; then
    rm -f "$1"
  fi
}

# write_file STAGED PATH MODE OWNER GROUP
write_file() {
  ln "$stage/$1" "$2.steading-$id" 2>/dev/null || cp -p "$stage/$1" "$2.steading-$id" || return 1
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

# begin OP ITEM...: into the journal, then to whoever watches
begin() {
  echo "begin $*" >>"$txn/journal"
  say "begin $1"
}

# ended OP EXIT ALLOWED: goes on, or undoes everything and ends
ended() {
  case " $3 " in
    *" $2 "*) say "end $1" ;;
    *)
      say "failed $1 $2 $(tail -c 20000 "$out" | encoded)"
      roll_back
      exit 0
      ;;
  esac
}

# begun WORD: true when the journal has an operation of that item
begun() { grep -q "^begin .* $1\( \|\$\)" "$txn/journal" 2>/dev/null; }

# roll_back: undoes what the journal names, then lets go
roll_back() {
  if sh "$txn/undo.sh"; then
    say reverted
    rm -rf "$txn" "$home/lock"
  else
    say "partial $(tail -c 20000 "$out" | encoded)"
    # What was to be written, and what commands said, may hold secrets; whoever ran this was told the latter.
    rm -rf "$home/failed" "$stage" "$out"
    mv "$txn" "$home/failed"
    rm -rf "$home/lock"
  fi
}

# finish: keeps first originals, drops those given back, puts the ledger in place; may be run again
finish() {
  for copy in "$saved"/*.file "$saved"/*.link "$saved"/*.dir "$saved"/*.absent; do
    test -e "$copy" || test -L "$copy" || continue
    name=${copy##*/}
    known "${name%.*}" && continue
    # Absence is the commonest original, and made without another process.
    case $name in *.absent) : >"$originals/$name" ;; *) mv "$copy" "$originals/$name" ;; esac
  done
  while read -r key; do
    printf '%s\0' "$key.file" "$key.link" "$key.dir" "$key.absent"
  done <"$txn/drop" | (cd "$originals" && xargs -0 rm -f)
  test -f "$txn/ledger" && mv "$txn/ledger" "$home/ledger"
  if test -f "$txn/leave"; then rm -rf "$home"; fi
  flush
  rm -rf "$txn" "$home/lock"
}

# known KEY: an original of it is kept
known() {
  test -e "$originals/$1.file" || test -L "$originals/$1.link" || test -e "$originals/$1.dir" || test -e "$originals/$1.absent"
}
