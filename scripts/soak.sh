#!/usr/bin/env bash
# soak.sh <binary>: the chaos test at length: 1000 kill -9 (VAGROLANT_CHAOS_KILLS) in rounds of 100, with one process on
# the table and with two. VAGROLANT_CHAOS_SEED repeats a run's choices. Fails when anything is lost, doubled, stuck or
# out of order.
. "$(dirname "$0")/common.sh"
binary=$(realpath "$1")
cd "$root"

scripts/postgres.sh start .data/test-postgres --fast
trap 'scripts/postgres.sh stop .data/test-postgres' EXIT
VAGROLANT_TEST_DATABASE_URL=$(scripts/postgres.sh url .data/test-postgres)
export VAGROLANT_TEST_DATABASE_URL VAGROLANT_BINARY=$binary
export VAGROLANT_CHAOS_KILLS=${VAGROLANT_CHAOS_KILLS:-1000}
# Not `cd` alone: the server is stopped from here.
(cd tests/e2e && vitest run chaos)
