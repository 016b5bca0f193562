#!/usr/bin/env bash
# sandbox.sh <binary>: everything running on this machine, until Ctrl-C.
. "$(dirname "$0")/common.sh"
cd "$root"
exec node scripts/sandbox.ts "$root/$1"
