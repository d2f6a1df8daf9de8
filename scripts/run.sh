#!/usr/bin/env bash
# Runs a cluster on this machine until Ctrl-C: a management node that owns the core store, two work nodes, and the
# flights example loaded on both. PROFILE=release builds optimised programs; the default starts sooner.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

readonly MANAGEMENT_PORT=14000 PORTS=(15001 15002)
pids=()
logs=$ROOT/.data/logs

# Ends every node, newest first, and waits until it has drained.
# shellcheck disable=SC2329  # called by the traps
stop() {
    local status=${1:-$?} index
    trap - EXIT
    # Whatever comes now, a closed terminal included, no node is left behind.
    trap '' INT TERM HUP
    for ((index = ${#pids[@]} - 1; index >= 0; index--)); do
        kill -TERM "${pids[index]}" 2>/dev/null || true
        wait "${pids[index]}" 2>/dev/null || true
    done
    exit "$status"
}
trap stop EXIT
trap 'say; say "stopping"; stop 0' INT TERM HUP

# Fails when something already listens on the port.
need_port() {
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
        die "port $1 is taken; stop the program that listens on it (is another 'make run' active?)"
    fi
}

# Starts one node: NAME, then its program and flags. Its output goes to a log file.
# A node is out of the terminal's process group: Ctrl-C reaches it through this script, in order.
start() {
    local name=$1
    shift
    setsid "$@" >"$logs/$name.log" 2>&1 &
    pids+=($!)
}

# Waits until the URL answers 200, while the newest node is alive.
wait_ready() {
    local name=$1 url=$2 pid=${pids[-1]} try
    for ((try = 0; try < 300; try++)); do
        if curl --silent --fail --max-time 2 --output /dev/null "$url"; then return; fi
        kill -0 "$pid" 2>/dev/null || { tail -5 "$logs/$name.log" >&2; die "$name ended; see $logs/$name.log"; }
        sleep 0.1
    done
    die "$name does not answer on $url; see $logs/$name.log"
}

# Sends a GraphQL request (JSON) to the first work node and fails unless the answer has the text.
graphql() {
    local request=$1 wanted=$2 reply
    reply=$(curl --silent --show-error --max-time 60 --header 'content-type: application/json' \
        --data "$request" "http://127.0.0.1:${PORTS[0]}/graphql")
    case $reply in
        *'"errors"'*) die "refused: $reply" ;;
        *"$wanted"*) ;;
        *) die "unexpected answer: $reply" ;;
    esac
}

register_flights() {
    local path=$ROOT/.data/flights.duckdb schema=$ROOT/examples/flights/schema insert load
    # shellcheck disable=SC2016  # $data is a variable of GraphQL
    insert='mutation($data: data_sources_mut_input_data!) { core { insert_data_sources(data: $data) { name } } }'
    load='mutation { function { core { cluster { load_data_source(name: \"flights\") { success message } } } } }'
    graphql "$(
        cat <<JSON
{"query": "$insert",
 "variables": {"data": {
   "name": "flights", "type": "duckdb", "prefix": "", "as_module": false, "read_only": true,
   "description": "Flights that left New York City in 2013", "path": "$(readlink -f "$path")",
   "catalogs": [{"name": "flights", "type": "localFS", "description": "Tables of the example", "path": "$schema"}]}}}
JSON
    )" '"name":"flights"'
    graphql "{\"query\": \"$load\"}" '"success":true'
}

for port in "$MANAGEMENT_PORT" "${PORTS[@]}"; do need_port "$port"; done
say "building hugr-management and hugr-server ($PROFILE)"
(cd "$ROOT" && cargo build --quiet --profile "$PROFILE" -p hugr-bin --bins)

mkdir -p "$logs"
# Made for this run and kept in the environment: command lines can be read by every user of the machine.
CLUSTER_SECRET=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
export CLUSTER_SECRET
export DB_EXTENSION_DIRECTORY=$DUCKDB_HOME/extensions DB_TIMEZONE=UTC
# The nodes are reachable from this machine only, and say what they do in a readable form.
start management env -C "$ROOT/.data" "$PROFILE_FOLDER/hugr-management" --bind "127.0.0.1:$MANAGEMENT_PORT"
wait_ready management "http://127.0.0.1:$MANAGEMENT_PORT/health"
for index in "${!PORTS[@]}"; do
    port=${PORTS[index]}
    start "worker-$((index + 1))" env -C "$ROOT/.data" "$PROFILE_FOLDER/hugr-server" --bind "127.0.0.1:$port" \
        --cluster-management-url "http://127.0.0.1:$MANAGEMENT_PORT" \
        --cluster-node-name "worker-$((index + 1))" --cluster-node-url "http://127.0.0.1:$port"
    wait_ready "worker-$((index + 1))" "http://127.0.0.1:$port/ready"
done
register_flights

cat <<TEXT

The cluster is up, with the flights of 2013 from New York City on both work nodes.

  management   http://127.0.0.1:$MANAGEMENT_PORT   (gRPC; no GraphQL)
  worker-1     http://127.0.0.1:${PORTS[0]}/graphql   page: http://127.0.0.1:${PORTS[0]}/admin
  worker-2     http://127.0.0.1:${PORTS[1]}/graphql   page: http://127.0.0.1:${PORTS[1]}/admin
  logs         $logs

Try:

  curl -s http://127.0.0.1:${PORTS[1]}/graphql -H 'content-type: application/json' \\
    -d '{"query":"{ flights(limit: 3, order_by: [{field: \\"departure_delay\\", direction: DESC}], filter: {departure_delay: {gt: 0}}) { number departure_delay airline { name } dest_airport { name } } }"}'

More queries: examples/flights/README.md. Ctrl-C ends the cluster.
TEXT
# A node that ends by itself ends the cluster.
wait -n "${pids[@]}" || true
tail -5 "$logs"/*.log >&2
die 'a node ended; its log is above'
