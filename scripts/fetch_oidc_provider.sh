#!/usr/bin/env bash
# Puts the OpenID provider that tests start into the cache: the npm packages that tests/oidc_provider locks.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

locked=$ROOT/tests/oidc_provider
if cmp -s "$locked/package-lock.json" "$OIDC_PROVIDER_HOME/package-lock.json"; then
    say "oidc-provider: $OIDC_PROVIDER_VERSION is in $OIDC_PROVIDER_HOME"
    exit 0
fi
command -v npm >/dev/null || die 'npm is needed to fetch oidc-provider'
scratch=$(scratch_folder oidc-provider)
trap 'rm -rf "$scratch"' EXIT
cp "$locked/package.json" "$locked/package-lock.json" "$scratch"
(cd "$scratch" && npm ci --silent --ignore-scripts --no-audit --no-fund) ||
    die 'cannot fetch oidc-provider: is the npm registry reachable?'
mkdir -p "$(dirname "$OIDC_PROVIDER_HOME")"
rm -rf "$OIDC_PROVIDER_HOME"
mv "$scratch" "$OIDC_PROVIDER_HOME"
say "oidc-provider: $OIDC_PROVIDER_VERSION fetched to $OIDC_PROVIDER_HOME"
