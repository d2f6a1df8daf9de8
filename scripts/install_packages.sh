#!/usr/bin/env bash
# Installs the Debian packages that the build and the tests need, when it may; else says what is missing.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

missing=()

# Notes PACKAGE as missing unless COMMAND is on the path or among the programs of a system service.
need() {
    PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null || missing+=("$2")
}

need cc build-essential
need pkg-config pkg-config
need mold mold
need python3 python3
need curl curl
need redis-server redis-server
need memcached memcached
need nginx nginx
need psql postgresql-client
need pgbouncer pgbouncer
need openssl openssl
need ps procps
python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
postgres=$(find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -1)
[ -n "$postgres" ] || missing+=(postgresql)
find /usr/share/postgresql -name postgis.control 2>/dev/null | grep -q . || missing+=(postgresql-postgis)

if [ ${#missing[@]} -eq 0 ]; then
    say 'packages: all there'
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    warn "not installed (needs root and apt): ${missing[*]}; tests that need them will say so"
    exit 0
fi

say "packages: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# Run level 1 keeps the packages from starting their services: tests start their own.
export RUNLEVEL=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -20 "$log" >&2
    die "cannot install ${missing[*]}: is the package mirror reachable?"
fi
