/**
 * Shell functions of `apt`: archives of packages that go, or get another version, kept with the transaction for as long as it can be undone.
 * The network may be what the change broke, and Debian's archive keeps no version but the newest.
 */
export const PACKAGE_ARCHIVES = String.raw`
# get_soon WORD...: as get, but waits little for a network that may not be there; reads archives that only root may read
get_soon() { get -o Acquire::Retries=0 -o Acquire::http::Timeout=10 -o Acquire::https::Timeout=10 -o APT::Sandbox::User=root "$@"; }

# fields NAME: its control(5) fields, without those of dpkg's own
fields() { dpkg-query -s "$1" | awk '/^[^ ]/ { own = /^(Status|Config-Version|Conffiles|Triggers-Pending|Triggers-Awaited):/ } !own'; }

# is_diverted NAME: some of its paths are somebody else's by now (dpkg-divert(1))
is_diverted() { dpkg-query -L "$1" | grep -q '^[^/].*diverted '; }

# is_original NAME: no configuration file was changed
is_original() {
  sums=$(dpkg-query -W -f '$''{Conffiles}\n' "$1" | awk 'length($2) == 32 && $3 != "obsolete" { print $2 "  " $1 }')
  test -z "$sums" || printf '%s\n' "$sums" | md5sum --status -c 2>/dev/null
}

# paths NAME: what it has on disk, for tar; a directory that is a link by now was none in the package
paths() {
  dpkg-query -L "$1" | grep ^/ | while read -r path; do
    test -e "$path" || test -L "$path" || continue
    if test -L "$path" && test -d "$path" && dpkg-query -L "$1" | grep -qF "$path/"; then continue; fi
    printf '.%s\n' "$path"
  done
}

# member NAME FILE: of an ar(1) archive; sizes are even
member() {
  printf '%-16s%-12s%-6s%-6s%-8s%-10s\140\n' "$1" 0 0 0 100644 "$(stat -c %s "$2")" && cat "$2"
  test $(($(stat -c %s "$2") % 2)) = 0 || echo
}

# repack NAME: the archive of what is installed (deb(5)), made of what is there
repack() (
  made=$store/repack
  rm -rf "$made"
  mkdir -p "$made/control" && cd "$made" || exit 1
  fields "$1" >control/control
  dpkg-query --control-list "$1" | while read -r file; do
    dpkg-query --control-show "$1" "$file" >"control/$file"
    case $file in preinst | postinst | prerm | postrm | config) chmod 0755 "control/$file" ;; esac
  done
  # dpkg-query tells all but these.
  for file in "/var/lib/dpkg/info/$1.conffiles" "/var/lib/dpkg/info/$1:$native.conffiles"; do ! test -e "$file" || cp "$file" control/conffiles; done
  paths "$1" >paths && tar -C control --owner=root --group=root -cf control.tar . && tar -C / --no-recursion --no-unquote --verbatim-files-from -cf data.tar -T paths && echo 2.0 >debian-binary || exit 1
  { printf '!<arch>\n' && member debian-binary debian-binary && member control.tar control.tar && member data.tar data.tar; } >"$store/$1.deb" && cd / && rm -rf "$made"
)

# keep WORD...: archives of what apt-get with these words would take away, or put another version of
keep() {
  store=/var/lib/steading/txn/$(cat /var/lib/steading/lock/id 2>/dev/null)/archives
  test -d "$(dirname "$store")/saved" || return 0
  going=$(get -s "$@") || return 1
  going=$(printf '%s\n' "$going" | awk -v names=" $names " '$1 == "Remv" || $1 == "Purg" || ($1 == "Inst" && $3 ~ /^\[/ && index(names, " " $2 " ")) { print $2 }')
  test -n "$going" || return 0
  (umask 077 && mkdir -p "$store" && find /etc >"$store/etc") || return 1
  for name in $going; do
    version=$(dpkg-query -W -f '$''{Version}' "$name")
    ! is_diverted "$name" && is_original "$name" && repack "$name" && continue
    # What configuration looked like before it was changed only the archive knows.
    (cd "$store" && get_soon download "$name=$version") 2>/dev/null && continue
    ! is_diverted "$name" && repack "$name" && continue
    echo "no archive of $name $version can be had, so that it could not come back" >&2
    return 1
  done
  sync "$store"/*.deb
}

# install_kept ARCHIVE...: brings packages back; what their scripts put into /etc that was not there when they went, goes
install_kept() {
  find /etc >"$notes/etc.now"
  get_soon install --allow-downgrades "$@"
  result=$?
  find /etc | grep -vxFf "$notes/etc.now" | grep -vxFf "$(dirname "$1")/etc" | sort -r | while read -r path; do rmdir "$path" 2>/dev/null || rm -f "$path"; done
  rm "$notes/etc.now"
  return $result
}

# kept NAME=VERSION...: paths of their archives, where they were kept
kept() {
  for deb in /var/lib/steading/txn/*/archives/*.deb /etc/steading/txn/*/archives/*.deb; do
    test -e "$deb" || continue
    dpkg-deb -W --showformat='$''{Package}:$''{Architecture}=$''{Version} '"$deb\n" "$deb"
  done | sed "s/:$native=/=/; s/:all=/=/" | awk -v words=" $* " 'index(words, " " $1 " ") && !($1 in told) { told[$1]; print $2 }'
}
`;
