#!/usr/bin/env bash
# Puts DuckDB's shared library and its extensions into the cache and links the clone's .duckdb to them.
# Each file is checked against scripts/duckdb.sha256 and by loading it with signature checks on.
# `fetch_duckdb.sh --print-sums` prints the manifest's lines for this platform, for a new version of DuckDB.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

platform=$(duckdb_platform)
library=lib/$(duckdb_library)
extensions=extensions/v$DUCKDB_VERSION/$platform
manifest=$ROOT/scripts/duckdb.sha256

# Prints the files that make up the installation, relative to its folder.
files() {
    echo "$library"
    for name in $DUCKDB_EXTENSIONS; do echo "$extensions/$name.duckdb_extension"; done
}

# Fails, naming the file, unless every file of the folder has the checksum of the manifest.
check_sums() {
    local folder=$1 file expected
    while read -r file; do
        expected=$(awk -v name="$platform/$file" '$2 == name { print $1 }' "$manifest")
        [ -n "$expected" ] || die "scripts/duckdb.sha256 has no line for $platform/$file"
        [ -f "$folder/$file" ] || die "$file is not in the downloaded package"
        [ "$(sha256_of "$folder/$file")" = "$expected" ] ||
            die "$folder/$file does not have the checksum of scripts/duckdb.sha256; remove it and run 'make setup' again"
    done < <(files)
}

# Gets the library out of its npm package.
fetch_library() {
    local folder=$1 package
    case $platform in
        linux_amd64) package=linux-x64 ;;
        linux_arm64) package=linux-arm64 ;;
        osx_arm64) package=darwin-arm64 ;;
        osx_amd64) package=darwin-x64 ;;
    esac
    package=@duckdb/node-bindings-$package@$DUCKDB_NPM_RELEASE
    command -v npm >/dev/null || die "npm is needed to fetch $package"
    (cd "$folder" && npm pack --silent "$package" >/dev/null) ||
        die "cannot fetch $package: is the npm registry reachable?"
    mkdir -p "$folder/lib"
    tar -xzf "$folder"/duckdb-node-bindings-*.tgz -C "$folder/lib" --strip-components=1 "package/$(duckdb_library)"
    rm -f "$folder"/duckdb-node-bindings-*.tgz
}

# Gets the extensions out of their Python packages.
fetch_extensions() {
    local folder=$1 name packages=()
    for name in $DUCKDB_EXTENSIONS; do packages+=("duckdb-extension-$name==$DUCKDB_VERSION"); done
    mkdir -p "$folder/wheels" "$folder/$extensions"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --dest "$folder/wheels" "${packages[@]}" ||
        die "cannot fetch the extensions of DuckDB $DUCKDB_VERSION: is the Python package index reachable?"
    python3 "$ROOT/scripts/unpack_extensions.py" "$folder/wheels" "$folder/$extensions"
    rm -rf "$folder/wheels"
}

# Loads the library and each extension as the engine does.
check_loading() {
    python3 "$ROOT/scripts/verify_duckdb.py" "$1/$library" "$1/extensions" "$DUCKDB_VERSION" "$DUCKDB_EXTENSIONS" ||
        die "DuckDB in $1 does not load"
}

# Points .duckdb of the clone to the cache.
link_clone() {
    local link=$ROOT/.duckdb
    if [ -d "$link" ] && [ ! -L "$link" ]; then
        # A folder made by hand; only what this script would write is removed.
        rm -rf "${link:?}/lib" "$link/extensions"
        rmdir "$link" || die "$link holds other files; move them away"
    fi
    ln -sfn "$DUCKDB_HOME" "$link"
}

if [ ! -f "$DUCKDB_HOME/.complete" ]; then
    say "duckdb: fetching $DUCKDB_VERSION for $platform"
    scratch=$(scratch_folder duckdb)
    trap 'rm -rf "$scratch"' EXIT
    fetch_library "$scratch"
    fetch_extensions "$scratch"
    if [ "${1:-}" = --print-sums ]; then
        while read -r file; do say "$(sha256_of "$scratch/$file")  $platform/$file"; done < <(files)
        exit 0
    fi
    check_sums "$scratch"
    check_loading "$scratch"
    touch "$scratch/.complete"
    mkdir -p "$(dirname "$DUCKDB_HOME")"
    # An unfinished installation of an earlier run is in nobody's use.
    rm -rf "$DUCKDB_HOME"
    chmod 755 "$scratch"
    mv "$scratch" "$DUCKDB_HOME"
else
    check_sums "$DUCKDB_HOME"
fi
link_clone
say "duckdb: $DUCKDB_VERSION and its extensions are in $DUCKDB_HOME"
