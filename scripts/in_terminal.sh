#!/usr/bin/env bash
# Runs a command as the terminal's foreground job, so that Ctrl-C reaches the command and not the `make` that waits
# for it: make would report the interruption as a failure. Without a terminal the command just runs.
set -euo pipefail

if [ -t 0 ]; then
    set -m
    "$@"
else
    exec "$@"
fi
