#!/bin/sh
# Makes a bare clone fit to run, then runs the given command in it: npm packages as locked, and the Node that they hold.
# Usage: sh src/cli/bootstrap.sh <command> [argument…]
set -eu
cd "$(dirname "$0")/../.."

fresh() {
  [ -x node_modules/.bin/node ] && [ -f node_modules/.package-lock.json ] &&
    [ -z "$(find package-lock.json -newer node_modules/.package-lock.json)" ]
}

if ! fresh; then
  command -v npm >/dev/null || { echo "npm is missing: install nodejs and npm (Debian: apt-get install npm)" >&2; exit 1; }
  echo "Installing npm packages as package-lock.json names them (npm ci)…"
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi

PATH="$PWD/node_modules/.bin:$PATH"
export PATH
node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 22 || (major === 22 && minor >= 18) ? 0 : 1)' || {
  echo "Node 22.18 or newer is needed; node_modules/.bin/node is $(node --version). Remove node_modules and try again." >&2
  exit 1
}
exec "$@"
