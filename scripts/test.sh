#!/usr/bin/env bash
# Runs every check of the project, in the order in which a mistake is cheapest to find, with the time of each.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
times=''

# Runs one step, shows its output and notes its time; a failure ends the script.
step() {
    local name=$1 began=$SECONDS
    shift
    say "==> $name: $*"
    "$@" 2>&1 | tee -a "$log"
    times+=$(printf '\n%6ds  %s' $((SECONDS - began)) "$name")
}

step format cargo fmt --all --check
step lint cargo clippy --workspace --all-targets -- -D warnings
step tests cargo test --workspace --lib --bins --tests
step 'doc tests' cargo test --workspace --doc
step examples cargo test --workspace --examples
step docs env RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps

say "==> times$times"
# Adds up what each test program says on its last line.
awk '/^test result:/ { passed += $4; failed += $6; skipped += $8 }
     END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit passed == 0 || failed > 0 }' "$log"
