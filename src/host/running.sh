# The running state by which a host is reached: units, addresses, routes, links, packet filter. Noted before a change that can cut
# the connection, compared after its undo, and brought back where the undo of files alone does not. Goes with transaction.sh.

# units_now: services and sockets that run
units_now() { systemctl list-units --type=service,socket --state=active,activating,reloading --plain --no-legend 2>/dev/null | cut -d ' ' -f 1 | sort; }
# links_now: name, state and master of each link
links_now() {
  ip -o link show 2>/dev/null | awk '{
    sub(/[:@].*/, "", $2)
    master = "-"
    for (i = 4; i < NF; i++) if ($i == "master") master = $(i + 1)
    print $2, ($3 ~ /[<,]UP[,>]/ ? "up" : "down"), master
  }' | sort
}
addresses_now() { ip -o address show 2>/dev/null | sed 's/ valid_lft.*//; s/\\ *$//; s/^[0-9]*: //' | sort; }
# routes_now: likewise
routes_now() {
  { ip route show table all; ip -6 route show table all; } 2>/dev/null | grep -v -e ' proto kernel' -e ' proto ra' -e '^multicast' -e '^anycast' | sed 's/ \(linkdown\|dead\)//g; s/ *$//' | sort
}
filter_now() { nft -s list ruleset 2>/dev/null; }
# parameters_now: those of the network, but for what the kernel only counts
parameters_now() { sysctl -a --pattern '^net\.' 2>/dev/null | grep -v -e '^net\.netfilter\.nf_conntrack_count' -e '\.\(stable_secret\|flush\) '; }

# note_running: what is so now
note_running() {
  test -n "$risky" && test -d /run/systemd/system || return 0
  mkdir -p "$running" && units_now >"$running/units" && boot_id >"$running/boot" || return 1
  if command -v sysctl >/dev/null; then parameters_now >"$running/parameters" || return 1; fi
  if command -v nft >/dev/null; then filter_now >"$running/filter" || return 1; fi
  if command -v ip >/dev/null; then
    links_now >"$running/links" && addresses_now >"$running/addresses" && routes_now >"$running/routes" || return 1
    ip address save >"$running/addresses.saved" 2>/dev/null
    ip route save table main >"$running/routes.saved" 2>/dev/null
    ip -6 route save table main >"$running/routes6.saved" 2>/dev/null
  fi
  return 0
}

# running_back: after an undo in the same boot; a restart has settled it otherwise
running_back() {
  test -e "$running/boot" && test "$(one_file "$running/boot")" = "$(boot_id)" || return 0
  units_now >"$running/units.now"
  # What was started goes first, sockets before all, as they start services. Instances are left alone: they may be logins.
  for unit_name in $(lines_without "$running/units" "$running/units.now" | sed '/@/d; /^steading-/d' | sort -t . -k 2r); do
    systemctl stop "$unit_name"
  done
  if test -e "$running/links"; then network_back; fi
  if test -e "$running/filter" && test "$(one_file "$running/filter")" != "$(filter_now)" && ! grep -q 'xt \(match\|target\)' "$running/filter"; then
    { echo 'flush ruleset'; cat "$running/filter"; } | nft -f -
  fi
  if test -e "$running/parameters"; then
    parameters_now >"$running/parameters.now"
    lines_without "$running/parameters.now" "$running/parameters" | while read -r parameter _ value; do
      sysctl -q -w "$parameter=$value"
    done
  fi
  units_now >"$running/units.now"
  for unit_name in $(lines_without "$running/units.now" "$running/units"); do
    test "$(systemctl show --property=LoadState --value "$unit_name")" = loaded || continue
    test "$(systemctl show --property=CanStart --value "$unit_name")" = yes || continue
    systemctl reset-failed "$unit_name" 2>/dev/null
    systemctl start "$unit_name"
  done
  return 0
}

# lines_without A B: those of B that A has not
lines_without() { awk 'NR == FNR && FILENAME == ARGV[1] { known[$0]; next } !($0 in known)' "$1" "$2"; }

# network_back: links first, as addresses and routes hang on them
network_back() {
  if test "$(one_file "$running/links")" != "$(links_now)"; then
    links_now | while read -r link _; do
      grep -q "^$link " "$running/links" || ip link delete "$link"
    done
    while read -r link state master; do
      if test "$master" = -; then ip link set "$link" nomaster; else ip link set "$link" master "$master"; fi
      ip link set "$link" "$state"
    done <"$running/links"
  fi
  if test "$(one_file "$running/addresses")" != "$(addresses_now)"; then
    addresses_now | while read -r link family address _; do
      grep -q "^$link  *$family $address " "$running/addresses" || ip address delete "$address" dev "$link"
    done
    ip address restore <"$running/addresses.saved"
  fi
  if test "$(one_file "$running/routes")" != "$(routes_now)"; then
    routes_now | while read -r route; do
      grep -qxF -e "$route" "$running/routes" && continue
      # Words, as the kernel printed them.
      # shellcheck disable=SC2086
      case $route in *:*) ip -6 route delete $route ;; *) ip route delete $route ;; esac
    done
    ip route restore <"$running/routes.saved"
    ip -6 route restore <"$running/routes6.saved"
  fi
  return 0
}
