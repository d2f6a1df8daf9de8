#!/usr/bin/env bash
# Runs every check of the project, in the order in which a mistake is cheapest to find, with the time of each. The last
# line says how many tests passed and failed, also when a step before them did.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

log=$(mktemp)
times=''

# Adds up what each test program says on its last line.
# shellcheck disable=SC2329  # called by the trap
summarize() {
    local status=$?
    trap - EXIT
    say "==> $([ "$status" = 0 ] && echo done || echo failed)$times"
    awk '/^test result:/ { passed += $4; failed += $6; skipped += $8 }
         END { if (skipped) printf "%d tests were skipped\n", skipped
               printf "%d passed, %d failed\n", passed, failed }' "$log"
    rm -f "$log"
    exit "$status"
}
trap summarize EXIT

# Runs one step, shows its output and notes its time; a failure ends the script.
step() {
    local name=$1 began=$SECONDS status=0
    shift
    say "==> $name: $*"
    "$@" 2>&1 | tee -a "$log" || status=$?
    times+=$(printf '\n%6ds  %s' $((SECONDS - began)) "$name")
    return "$status"
}

step format cargo fmt --all --check
step lint cargo clippy --workspace --all-targets -- -D warnings
# The cluster's tests start the programs. Built together with the tests, both share every dependency.
step build cargo build "${BUILD_ALL[@]}"
step tests cargo test --workspace --lib --bins --tests --no-fail-fast
step 'doc tests' cargo test --workspace --doc
step examples cargo test --workspace --examples
step docs env RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps
