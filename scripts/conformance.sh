#!/usr/bin/env bash
# Runs the conformance corpus against a standalone server and compares the number of passing cases with
# tests/conformance.min. HUGR_CONFORMANCE is the corpus' folder; HUGR_CONFORMANCE_ONLY limits the cases (a regular
# expression on AREA/CASE@SOURCE; the count is then not compared).
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

corpus=${HUGR_CONFORMANCE:-$ROOT/../shared/conformance}
minimum=$(cat "$ROOT/tests/conformance.min")
report=$ROOT/.data/conformance.json

if [ ! -f "$corpus/run.py" ]; then
    say "conformance: skipped, there is no corpus in $corpus (set HUGR_CONFORMANCE to its folder)"
    exit 0
fi
corpus=$(cd "$corpus" && pwd)
work=$(mktemp -d)
chmod 755 "$work"
server=''
postgres=''

stop() {
    local status=$?
    trap - EXIT INT TERM
    if [ -n "$server" ]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    [ -z "$postgres" ] || as_service "$bin/pg_ctl" --pgdata "$work/postgres" --mode immediate stop >/dev/null || true
    if [ "$status" = 0 ]; then rm -rf "$work"; else say "conformance: logs are in $work"; fi
    exit "$status"
}
trap stop EXIT INT TERM

# PostgreSQL refuses to run as root.
as_service() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

start_postgres() {
    bin=$(dirname "$(find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -1)")
    [ -x "$bin/initdb" ] || bin=$(dirname "$(command -v initdb || die 'conformance needs PostgreSQL with PostGIS')")
    postgres_port=$(free_port)
    mkdir "$work/postgres"
    [ "$(id -u)" != 0 ] || chown postgres "$work/postgres"
    (cd "$work/postgres" && as_service "$bin/initdb" --pgdata "$work/postgres" --username hugr --auth trust \
        --encoding UTF8 --locale C >"$work/postgres.log")
    (cd "$work/postgres" && as_service "$bin/pg_ctl" --pgdata "$work/postgres" --wait --log "$work/postgres/server.log" \
        --options "-p $postgres_port -k $work/postgres -c listen_addresses=127.0.0.1 -c timezone=UTC -c fsync=off" \
        start >>"$work/postgres.log")
    postgres=started
    "$bin/createdb" --host 127.0.0.1 --port "$postgres_port" --username hugr --template template0 \
        --encoding UTF8 --locale C atlas
}

# The corpus' tools need the Python package of the same version of DuckDB.
prepare_python() {
    local folder=$CACHE/python/duckdb-$DUCKDB_VERSION
    if [ ! -d "$folder" ]; then
        local scratch
        scratch=$(scratch_folder python)
        python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps \
            --target "$scratch" "duckdb==$DUCKDB_VERSION" ||
            die "cannot fetch the Python package duckdb $DUCKDB_VERSION: is the Python package index reachable?"
        mkdir -p "$(dirname "$folder")"
        mv "$scratch" "$folder"
    fi
    export PYTHONPATH=$folder PYTHONDONTWRITEBYTECODE=1
}

start_server() {
    server_port=$(free_port)
    (cd "$ROOT" && cargo build --quiet --profile "$PROFILE" "${BUILD_ALL[@]}")
    BIND=127.0.0.1:$server_port DB_TIMEZONE=UTC DB_EXTENSION_DIRECTORY=$DUCKDB_HOME/extensions \
        ALLOWED_ANONYMOUS=true ANONYMOUS_ROLE=admin ALLOW_MANAGED_API_KEYS=true JQ_ENABLED=true CACHE_L1_ENABLED=true CACHE_L1_EVICTION_TIME=24h CACHE_TTL=24h \
        env -C "$work" "$PROFILE_FOLDER/hugr-server" >"$work/server.log" 2>&1 &
    server=$!
}

start_postgres
prepare_python
start_server

extensions=$DUCKDB_HOME/extensions/v$DUCKDB_VERSION/$(duckdb_platform)
database=postgres://hugr@127.0.0.1:$postgres_port/atlas
reset="python3 '$corpus/data/reset.py' --workspace '$work/atlas' --pg '$database'"
for name in spatial postgres_scanner; do reset+=" --extension '$extensions/$name.duckdb_extension'"; done

say 'conformance: building the data'
bash -c "$reset" >"$work/reset.log" 2>&1 || { tail -20 "$work/reset.log" >&2; die 'the data cannot be built'; }

only=()
[ -z "${HUGR_CONFORMANCE_ONLY:-}" ] || only=(--only "$HUGR_CONFORMANCE_ONLY")
mkdir -p "$ROOT/.data"
rm -f "$report"
# Cases may fail: what counts is that no more of them fail than before.
python3 "$corpus/run.py" --base-url "http://127.0.0.1:$server_port" --provision --workspace "$work/atlas" \
    --pg "postgres://hugr:trust@127.0.0.1:$postgres_port/atlas" --check --errors present --json "$report" \
    --cases "$corpus/cases" --cases "$corpus/cases_fix" --reset-cmd "$reset" \
    "${only[@]}" >"$work/run.log" 2>&1 || true
kill -0 "$server" 2>/dev/null || { tail -20 "$work/server.log" >&2; die 'the server ended during the run'; }
cp "$work/run.log" "$ROOT/.data/conformance.log"

summary=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$work/run.log" | tail -1) ||
    { tail -20 "$work/run.log" >&2; die 'the run did not finish'; }
passed=${summary%% *}
say "conformance: $passed cases pass; all results are in .data/conformance.log"
[ -z "${HUGR_CONFORMANCE_ONLY:-}" ] || exit 0
if [ "$passed" -lt "$minimum" ]; then
    grep '^FAIL' "$work/run.log" | head -20 >&2 || true
    die "only $passed cases pass; tests/conformance.min says $minimum"
fi
if [ "$passed" -gt "$minimum" ]; then say "conformance: raise tests/conformance.min from $minimum to $passed"; fi
