#!/usr/bin/env bash
# Puts the S3 server that tests start into the cache: the Python package moto, with what its S3 part and its server need.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

if [ -d "$S3_SERVER_HOME" ]; then
    say "s3 server: moto $MOTO_VERSION is in $S3_SERVER_HOME"
    exit 0
fi
scratch=$(scratch_folder s3-server)
trap 'rm -rf "$scratch"' EXIT
# What other packages of this machine need is not touched, whatever pip says of it: the folder is for the server alone.
python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target "$scratch" \
    "moto[s3]==$MOTO_VERSION" 'flask>=3,<4' 'flask-cors>=6,<7' 2>"$scratch/pip.log" ||
    { cat "$scratch/pip.log" >&2; die "cannot fetch moto: is the Python package index reachable?"; }
rm "$scratch/pip.log"
mkdir -p "$(dirname "$S3_SERVER_HOME")"
chmod 755 "$scratch"
mv "$scratch" "$S3_SERVER_HOME"
say "s3 server: moto $MOTO_VERSION fetched to $S3_SERVER_HOME"
