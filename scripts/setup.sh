#!/usr/bin/env bash
# Makes a fresh machine able to build, run and test: system packages, DuckDB and its extensions, the tests'
# OpenID provider, S3 and PostgreSQL servers, the build configuration, the example data. Safe to run again; what is
# there is only checked.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

"$ROOT/scripts/install_packages.sh"
"$ROOT/scripts/fetch_duckdb.sh"
"$ROOT/scripts/fetch_oidc_provider.sh"
"$ROOT/scripts/fetch_s3_server.sh"
"$ROOT/scripts/fetch_postgres_servers.sh"
"$ROOT/scripts/fetch_pgvector_server.sh"
"$ROOT/scripts/write_cargo_config.sh"
"$ROOT/scripts/build_flights.sh"
