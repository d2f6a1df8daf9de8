#!/usr/bin/env bash
# Writes .cargo/config.toml: where DuckDB's library is, at build and at run time, where the
# tests' OpenID provider, S3 and PostgreSQL servers are, and the linker.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

library_folder=$DUCKDB_HOME/lib
host=$(rustc -vV | sed -n 's/^host: //p')
[ -n "$host" ] || die 'rustc does not say for which platform it builds'

flags="\"-C\", \"link-arg=-Wl,-rpath,$library_folder\""
if [ "$host" = x86_64-unknown-linux-gnu ] && command -v mold >/dev/null; then
    # Rust's own choice of linker would come first on the command line.
    flags+=', "-C", "linker-features=-lld", "-C", "link-arg=-fuse-ld=mold"'
fi

mkdir -p "$ROOT/.cargo"
written=$ROOT/.cargo/config.toml
fresh=$written.new
sed -e "s|@LIB@|$library_folder|g" -e "s|@OIDC@|$OIDC_PROVIDER_HOME|g" -e "s|@S3@|$S3_SERVER_HOME|g" \
    -e "s|@POSTGRES@|$POSTGRES_SERVERS_HOME|g" -e "s|@PGVECTOR@|$PGVECTOR_SERVER_HOME|g" \
    -e "s|@HOST@|$host|g" -e "s|@RUSTFLAGS@|$flags|g" \
    "$ROOT/scripts/cargo-config.toml.in" >"$fresh"
if cmp -s "$fresh" "$written"; then rm "$fresh"; else mv "$fresh" "$written"; fi
say 'cargo: .cargo/config.toml is up to date'
