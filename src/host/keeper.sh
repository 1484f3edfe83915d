# Who holds the host, who watches over a transaction, and what becomes of one that was interrupted. Goes with transaction.sh.

# release: lets go of the host, and of everything that is kept only for a transaction
release() {
  test -e "$trials/txn/$id/kept" || trial_end "$id"
  # A heartbeat that was held up by the change itself may write there meanwhile.
  rm -rf "$txn" || rm -rf "$txn"
  if test -e "$unit" || test -L "$wants"; then rm -f "$wants" "$unit"; fi
  test -e "$home/ledger" || forget
  rm -rf "$home/lock"
  rmdir "$home/txn" "$home" 2>/dev/null
  return 0
}

# started PID: when that process began (proc_pid_stat(5), field 22); a number is used again, the pair is not
started() { one_file "/proc/$1/stat" | sed 's/.*) //' | cut -d ' ' -f 20; }

# is_alive "PID START": that very process runs
is_alive() {
  test -n "$1" && kill -0 "${1%% *}" 2>/dev/null && test "$(started "${1%% *}")" = "${1#* }"
}

# is_held: somebody will still end the transaction that has the lock
is_held() {
  test "$(one_file "$home/lock/boot")" = "$(boot_id)" || return 1
  if test -e "$home/lock/lease"; then
    left=$(($(one_file "$home/lock/lease") - $(date +%s)))
    test "$left" -gt 0 && test "$left" -le 3600
  else
    is_alive "$(one_file "$home/lock/runner")" || is_alive "$(one_file "$home/txn/$(one_file "$home/lock/id")/keeper")"
  fi
}

# is_ending: the transaction that has the lock is being undone, or soon will be, as nobody came to confirm it for a while
is_ending() {
  test ! -e "$home/txn/$1/undoing" || return 0
  since=$(one_file "$home/txn/$1/applied")
  if test -n "$since"; then test $(($(date +%s) - since)) -ge 5; else ! is_alive "$(one_file "$home/lock/runner")"; fi
}

# lease SECONDS: where no process outlives an exchange, time says how long the lock is held
lease() { if test -n "$brief"; then echo $(($(date +%s) + $1)) >"$home/lock/lease"; fi; }

# take_lock HOLDER GONE: the lock appears at once with all that is in it
take_lock() {
  new=$home/new-$id
  {
    mkdir -p "$home/txn" && chmod 0700 "$home" && mkdir -p "$new" "$originals" \
      && printf '%s' "$id" >"$new/id" && printf '%s' "$1" >"$new/holder" \
      && printf '%s %s' "$$" "$(started $$)" >"$new/runner" && boot_id >"$new/boot"
  } 2>/dev/null || refuse host.unwritable "$home"
  waited=0 missed=0 recovered=
  until mv -T "$new" "$home/lock" 2>/dev/null; do
    other=$(one_file "$home/lock/id")
    holder=$(one_file "$home/lock/holder")
    if ! test -d "$home/lock"; then
      # Let go of this very moment, or no directory can be moved here.
      test -d "$new" && test "$missed" -lt 20 || refuse host.unwritable "$home"
      missed=$((missed + 1))
    elif ! is_held || { test -n "$2" && test "$holder" = "$2"; }; then
      break_lock "$other"
    elif test ! -e "$home/lock/lease" && is_ending "$other" && test "$waited" -le $((limit + 15)); then
      recovered=recovered
      test "$waited" -gt 0 || say "waits $(printf '%s' "$holder" | encoded)"
      waited=$((waited + 1))
      sleep 1
    else
      refuse host.locked "$holder"
    fi
  done
  lease 900
  recover
  mkdir -p "$stage" "$saved" 2>/dev/null && true 2>/dev/null >"$out" && true 2>/dev/null >"$txn/journal" \
    && printf '%s' "$1" 2>/dev/null >"$txn/holder" || refuse host.unwritable "$home"
}

# break_lock ID: takes the lock away from one that nobody holds any more, and from no other
break_lock() {
  mv -T "$home/lock" "$home/stale-$id" 2>/dev/null || return 0
  # Its keeper may have been started again since we looked.
  if test "$(one_file "$home/stale-$id/id")" = "$1" && ! is_alive "$(one_file "$home/txn/$1/keeper")"; then
    rm -rf "$home/stale-$id"
  else
    mv -T "$home/stale-$id" "$home/lock"
  fi
}

# recover: with the lock held, finishes or undoes what others left behind
recover() {
  for left in "$home"/txn/*; do
    test -d "$left" || continue
    recovered=recovered
    (id=${left##*/} && use "$id" && recover_one)
    rm -rf "$left"
  done
  for left in "$home"/new-* "$home"/stale-*; do
    if test -d "$left"; then find "$left" -prune -mmin +5 -exec rm -rf {} +; fi
  done
}

recover_one() {
  if test -e "$txn/committed"; then
    finish
  elif claim || test -e "$txn/undoing"; then
    if undo_all; then trial_end "$id"; else keep_failed; fi
  fi
}

# arm: from now on somebody on the host itself undoes what nobody confirms, also after a restart
arm() {
  if test -n "$brief"; then return 0; fi
  if test -d /run/systemd/system; then
    mkdir -p "${wants%/*}" && printf '%s\n' '[Unit]' 'Description=Steading: undoes a change that a restart interrupted' "ConditionPathExists=$txn/keeper.sh" \
      '[Service]' "ExecStart=/bin/sh $txn/keeper.sh" >"$unit" && chmod 0644 "$unit" && ln -sfn "$unit" "$wants" && sync -f "$unit" || return 1
  fi
  # Whoever ends our session must not end the keeper with it.
  if test -n "$risky" && test -d /run/systemd/system \
    && systemd-run --quiet --collect --unit="steading-keeper-$id" --property=OOMScoreAdjust=-900 --property=Restart=on-failure sh "$txn/keeper.sh" >/dev/null 2>&1 </dev/null; then
    is_kept
  else
    setsid sh "$txn/keeper.sh" >/dev/null 2>&1 </dev/null &
  fi
}

# is_kept: the keeper has begun its work; waits for it
is_kept() {
  tries=0
  until test -n "$brief" || test -e "$txn/keeper"; do
    tries=$((tries + 1))
    test "$tries" -le 200 || return 1
    sleep 0.05
  done
}

# take_over: from now on this process is the one that the keeper watches
take_over() {
  test "$(one_file "$home/lock/id")" = "$id" || return 1
  printf '%s %s' "$$" "$(started $$)" >"$home/lock/runner.new" && mv "$home/lock/runner.new" "$home/lock/runner"
}

# uptime: seconds that nobody can set, in `now`
uptime() {
  if read -r now _ 2>/dev/null </proc/uptime; then now=${now%%.*}; else now=$(date +%s); fi
}

# keep: waits until the transaction is committed; undoes it when its runner dies, or when for `limit` seconds nobody cares for it
keep() {
  trap : HUP PIPE
  # The name last, so that it is never read half-written; from then on nobody takes the lock away.
  { printf '%s %s' "$$" "$(started $$)" >"$txn/keeper.new" && mv "$txn/keeper.new" "$txn/keeper"; } 2>/dev/null || exit 0
  test "$(one_file "$home/lock/id")" = "$id" || exit 0
  born=$(one_file "$home/lock/boot")
  uptime
  seen= last=$now
  while test -e "$txn/undo.sh" && test "$born" = "$(boot_id)"; do
    if test -e "$txn/applied"; then
      beat=applied
    elif is_alive "$(one_file "$home/lock/runner")"; then
      beat=$(one_file "$txn/heartbeat")
    else
      # It may have come to its end since we looked for that.
      test -e "$txn/applied" || break
    fi
    uptime
    if test "$beat" != "$seen"; then seen=$beat last=$now; fi
    test $((now - last)) -lt "$limit" || break
    sleep 1
  done
  until claim; do
    test -e "$txn/undoing" || exit 0
    # Somebody else undoes; only if that one dies it is left to us.
    test "$born" = "$(boot_id)" && is_alive "$(one_file "$home/lock/runner")" || break
    sleep 1
  done
  test "$(one_file "$home/lock/id")" = "$id" || exit 0
  boot_id >"$home/lock/boot"
  stop_runner "$(one_file "$home/lock/runner")"
  roll_back
}

# stop_runner "PID START": ends the runner and what it waits for, which may hang for ever
stop_runner() {
  is_alive "$1" || return 0
  kill -STOP "${1%% *}"
  for process in $(descendants "${1%% *}"); do kill -KILL "$process" 2>/dev/null; done
  kill -KILL "${1%% *}" 2>/dev/null
  return 0
}

# descendants PID: all below it but ourselves, as the runner may have started us
descendants() {
  cat /proc/[0-9]*/stat 2>/dev/null | sed 's/ (.*) . / /' | awk -v root="$1" -v self="$$" '
    { parent[$1] = $2 }
    END {
      for (pid in parent) {
        at = pid
        while (at != root && at != self && at > 1 && (at in parent)) at = parent[at]
        if (at == root && pid != root) print pid
      }
    }'
}
