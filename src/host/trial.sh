# Changes that the next start of the machine has to prove: what undoes them is kept until it has come up with them. Goes with transaction.sh.
# All of it is on the root file system, as nothing else may be there when a start fails.
trials=/etc/steading
judge_unit=/etc/systemd/system/steading-trial.service
judge_wants=/etc/systemd/system/sysinit.target.wants/steading-trial.service
menu=/boot/grub
keep_boot=/boot/steading

# trial_begin BOOT ITEM...: before the first step of a change; of its items, those are undone that could keep the machine from coming up
trial_begin() {
  trial_boot=$1
  shift
  test -d /run/systemd/system && test "$#" -gt 0 || return 0
  if test -e "$trials/list"; then judged; fi
  mkdir -p "$trials/txn/$id" && chmod 0700 "$trials" \
    && cp -a "$saved" "$stage" "$txn/library.sh" "$txn/holder" "$trials/txn/$id" \
    && cp "$txn/undo.new" "$trials/txn/$id/undoing" && printf '%s\n' "$@" >"$trials/txn/$id/journal" \
    && cp "$txn/library.sh" "$trials/library.sh" && note_reach \
    && printf '%s\n' "home=$trials id=judge token= limit=$limit risky=1 brief=" ". $trials/library.sh" judge >"$trials/judge.sh" || return 1
  if test -n "$trial_boot" && ! test -e "$trials/menu" && ! systemd-detect-virt --quiet --container; then
    if menu_counts; then
      keep_kernel && menu_arm || return 1
    else
      say "note $(printf '%s' 'a kernel that does not start would not fall back here: there is no GRUB, or it cannot write where it is' | encoded)"
    fi
  fi
  mkdir -p "${judge_wants%/*}" && printf '%s\n' '[Unit]' 'Description=Steading: keeps the last changes if the machine comes up with them, else undoes them' \
    'DefaultDependencies=no' 'IgnoreOnIsolate=yes' 'After=systemd-remount-fs.service' 'Conflicts=shutdown.target' 'Before=shutdown.target' "ConditionPathExists=$trials/list" \
    '[Service]' "ExecStart=/bin/sh $trials/judge.sh" 'OOMScoreAdjust=-900' 'Restart=on-failure' >"$judge_unit" && chmod 0644 "$judge_unit" \
    && ln -sfn "$judge_unit" "$judge_wants" && echo "$id" >>"$trials/list"
}

# judged: a judgement that is under way ends first, which does not take long when we could come in
judged() {
  tries=0
  while systemctl --quiet is-active steading-trial.service && test "$tries" -lt "$limit"; do
    tries=$((tries + 1))
    sleep 1
  done
}

# trial_keep: the change stays for now
trial_keep() {
  test -e "$trials/txn/$id" || return 0
  true >"$trials/txn/$id/kept" && note_reach || return 1
  # What went has to come back without a network at that start too.
  rm -rf "$trials/txn/$id/archives"
  if test -d "$txn/archives"; then cp -al "$txn/archives" "$trials/txn/$id" 2>/dev/null || cp -a "$txn/archives" "$trials/txn/$id" || return 1; fi
  if test -e "$trials/menu"; then menu_arm; fi
}

# trial_end ID: proved, or undone
trial_end() {
  test -e "$trials/txn/$1" || return 0
  sed -i "/^$1\$/d" "$trials/list"
  rm -rf "$trials/txn/$1"
  test -s "$trials/list" || trial_forget
}

# trial_forget: nothing is on trial any more
trial_forget() {
  rm -f "$judge_wants" "$judge_unit"
  if test -e "$trials/menu"; then menu_disarm; fi
  rm -rf "$trials/txn" "$trials/list" "$trials/boots" "$trials/reach" "$trials/routed" "$trials/judge.sh" "$trials/library.sh"
  rmdir "$trials" 2>/dev/null
  return 0
}

# note_reach: where somebody got in, and whether there is a way out
note_reach() {
  process=$$ came=
  while test "${process:-0}" -gt 1 && test -z "$came"; do
    came=$(tr '\0' '\n' <"/proc/$process/environ" 2>/dev/null | sed -n 's/^SSH_CONNECTION=[^ ]* [^ ]* //p')
    process=$(one_file "/proc/$process/stat" | sed 's/.*) . //; s/ .*//')
  done
  address=${came% *}
  if ip -o address show 2>/dev/null | grep -F " ${address%%%*}/" | grep -q ' dynamic '; then came="any ${came#* }"; fi
  printf '%s\n' "$came" >"$trials/reach"
  if has_route; then true >"$trials/routed"; else rm -f "$trials/routed"; fi
}
has_route() { { ip route show default; ip -6 route show default; } 2>/dev/null | grep -q .; }

# is_reachable: somebody would get in as before
is_reachable() {
  if test -e "$trials/routed"; then has_route || return 1; fi
  read -r address port <"$trials/reach"
  test -n "$port" || return 0
  if test "$address" = any; then
    address=$(ip -o address show scope global 2>/dev/null | sed -n 's/.* inet6* \([^/]*\).*/\1/p' | head -n 1)
    test -n "$address" || return 1
  elif command -v ip >/dev/null; then
    ip -o address show | grep -qF " ${address%%%*}/" || return 1
  fi
  if command -v ssh-keyscan >/dev/null; then
    ssh-keyscan -T 10 -p "$port" "$address" 2>/dev/null | grep -q .
  else
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q "^ *[0-9]*: [0-9A-F]*:$(printf '%04X' "$port") [0-9A-F:]* 0A "
  fi
}

# judge: at each start while something is on trial
judge() {
  test -e "$trials/list" || exit 0
  line=" $(one_file /proc/cmdline) "
  # Whoever asked for this mode is there to look after it.
  case $line in *' single '* | *' emergency '* | *' rescue '* | *' systemd.unit='*) exit 0 ;; esac
  true 2>/dev/null >"$trials/boots.new" || mount -o remount,rw /
  boots=$(one_file "$trials/boots")
  boots=$((${boots:-0} + 1))
  echo "$boots" >"$trials/boots.new" && mv "$trials/boots.new" "$trials/boots" && flush "$trials"
  asked=$(one_file "$trials/list")
  case $line in
    *' steading.fallback '*) why='the kernel did not come up as it was to be started' ;;
    *) if test "$boots" -gt 2; then why='it was started twice and did not come up'; else wait_up; fi ;;
  esac
  if test -n "$why"; then fall_back; fi
  # Ours, and no longer needed; one that is set on purpose is another.
  if test "$(one_file /proc/sys/kernel/panic)" = 27; then echo 0 >/proc/sys/kernel/panic; fi
  for one in $asked; do trial_end "$one"; done
  exit 0
}

# wait_up: until the machine is up, or has had the time for it; `why` not, else empty
wait_up() {
  why= up=
  uptime
  began=$now
  while test -e "$trials/list"; do
    if systemctl --quiet is-active emergency.target rescue.target; then
      why='it came up in emergency mode'
      return
    fi
    uptime
    case $(systemctl is-system-running 2>/dev/null) in
      running | degraded)
        if is_reachable; then return; fi
        uptime
        test -n "$up" || up=$now
        ;;
    esac
    if test $((now - began)) -gt 900 || { test -n "$up" && test $((now - up)) -gt "$limit"; }; then
      # What never ends to start need not be what we came in by.
      if is_reachable; then return; fi
      why='it came up, but could not be reached as before'
      return
    fi
    sleep 1
  done
}

# fall_back: undoes all that is on trial, newest first, and starts the machine again
fall_back() {
  true 2>/dev/null >"$trials/fell-back.new" || mount -o remount,rw /
  { date -u +%Y-%m-%dT%H:%M:%SZ && echo "$why"; } >"$trials/fell-back.new"
  # Units are made ready for the next start; to start them now could wait for what never comes up.
  export SYSTEMD_OFFLINE=1
  for one in $(sed '1!G;h;$!d' "$trials/list"); do
    # One that was cut off has begun less than it was to do.
    begun=/var/lib/steading/txn/$one
    if test -e "$begun/journal" && ! test -e "$begun/committed"; then cp "$begun/journal" "$trials/txn/$one/journal"; fi
    if timeout 900 sh "$trials/txn/$one/undoing" "$trials" >/dev/null 2>&1 </dev/null; then ended=undone; else ended='undone in part'; fi
    echo "$ended: $(one_file "$trials/txn/$one/holder")" >>"$trials/fell-back.new"
  done
  if test -e "$trials/menu"; then boot_back; fi
  mv "$trials/fell-back.new" "$trials/fell-back"
  trial_forget
  flush "$trials"
  unset SYSTEMD_OFFLINE
  systemctl reboot || reboot -f
  sleep 600
  reboot -f
}

# menu_counts: GRUB is there, and can write its variables (GRUB's manual: not on LVM, RAID and some file systems)
menu_counts() {
  test -f "$menu/grub.cfg" && grep -q custom.cfg "$menu/grub.cfg" && command -v grub-editenv >/dev/null && command -v grub-probe >/dev/null \
    && test -e "/boot/vmlinuz-$(uname -r)" && test -e "/boot/initrd.img-$(uname -r)" && test -z "$(grub-probe --target=abstraction "$menu" 2>&1)" || return 1
  case $(grub-probe --target=fs "$menu" 2>/dev/null) in btrfs | cpiofs | f2fs | newc | odc | romfs | squash4 | tarfs | zfs | '') return 1 ;; esac
}

# keep_kernel: the kernel that runs, and its first file system, under names that nobody else writes; no room is taken where a second name will do
keep_kernel() {
  mkdir -p "$keep_boot" || return 1
  for file in vmlinuz initrd.img; do
    ln -f "/boot/$file-$(uname -r)" "$keep_boot/$file" 2>/dev/null || cp -p "/boot/$file-$(uname -r)" "$keep_boot/$file" || return 1
  done
  uname -r >"$keep_boot/release"
  cp "$menu/grub.cfg" "$keep_boot/grub.cfg"
  line=$(sed 's/ *\(BOOT_IMAGE\|initrd\)=[^ ]*//g; s/ panic=27//; s/ steading\.fallback//; s/^ *//' /proc/cmdline)
  menu_entry "$menu/grub.cfg" 'as before the last change' steading-fallback "$line panic=27 steading.fallback" >"$keep_boot/entry"
  grep -q 'linux.*steading/vmlinuz' "$keep_boot/entry" && true >"$trials/menu"
}

# menu_entry MENU TITLE ID [LINE]: the first entry of a menu, with the kernel that was kept and that line, or as it is
menu_entry() {
  awk -v quote="'" -v title="$2" -v id="$3" -v line="${4:-}" '
    /^menuentry / { on = 1; print "menuentry " quote "Debian, " title " (Steading)" quote " --unrestricted --id " id " {"; next }
    !on { next }
    $1 == "linux" && line != "" { print "\tlinux " substr($2, 1, match($2, /[^\/]*$/) - 1) "steading/vmlinuz " line; next }
    $1 == "linux" { print $0 " panic=27"; next }
    $1 == "initrd" && line != "" { print "\tinitrd " substr($2, 1, match($2, /[^\/]*$/) - 1) "steading/initrd.img"; next }
    { print }
    /^}/ { exit }' "$1"
}

# menu_kernel: what the first entry starts; another package may remove it before the next start
menu_kernel() { awk '/^menuentry / { on = 1 } on && $1 == "linux" { print $2; exit }' "$menu/grub.cfg"; }

# menu_arm: the next start is a trial, and the one after that falls back unless somebody says that it went well
menu_arm() {
  {
    menu_rest
    echo '### BEGIN steading'
    # For GRUB, not for this shell.
    # shellcheck disable=SC2016
    printf '%s\n' 'if [ "${steading_trial}" = "armed" ]; then' '  set steading_trial=tried' '  save_env steading_trial' \
      '  set fallback=steading-fallback' "  if [ \"\${default}\" = \"0\" -a -f $(menu_kernel) ]; then set default=steading-trial; fi" 'elif [ "${steading_trial}" = "tried" ]; then' '  set default=steading-fallback' 'fi'
    cat "$keep_boot/entry"
    menu_entry "$menu/grub.cfg" 'with the last change' steading-trial
    echo '### END steading'
  } >"$menu/custom.cfg.steading" && mv "$menu/custom.cfg.steading" "$menu/custom.cfg" && grub-editenv "$menu/grubenv" set steading_trial=armed
}
# menu_rest: what others have in that file
menu_rest() { if test -e "$menu/custom.cfg"; then sed '/^### BEGIN steading$/,/^### END steading$/d' "$menu/custom.cfg"; fi; }

menu_disarm() {
  menu_rest >"$menu/custom.cfg.steading"
  if test -s "$menu/custom.cfg.steading"; then mv "$menu/custom.cfg.steading" "$menu/custom.cfg"; else rm -f "$menu/custom.cfg.steading" "$menu/custom.cfg"; fi
  grub-editenv "$menu/grubenv" unset steading_trial
  rm -rf "$keep_boot" "$trials/menu"
}

# boot_back: what commands made of what is undone now
boot_back() {
  made=/boot/initrd.img-$(one_file "$keep_boot/release")
  if test -e "$made" && ! cmp -s "$keep_boot/initrd.img" "$made"; then cp -p "$keep_boot/initrd.img" "$made.steading" && mv "$made.steading" "$made"; fi
  cmp -s "$keep_boot/grub.cfg" "$menu/grub.cfg" || update-grub >/dev/null 2>&1
}
