#!/usr/bin/env bash
# test.sh <preset>: every test of the preset against what was built; with `release` also the sandbox's own tests and
# the end-to-end tests. The last line is "N passed, N failed".
. "$(dirname "$0")/common.sh"
preset=$1
cd "$root"
results=$root/build/$preset/test-results
rm -rf "$results"
mkdir -p "$results"

scripts/postgres.sh start .data/test-postgres --fast
beside=''
trap '[ -z "$beside" ] || kill "$beside" 2>/dev/null || true; scripts/postgres.sh stop .data/test-postgres' EXIT
VAGROLANT_TEST_DATABASE_URL=$(scripts/postgres.sh url .data/test-postgres)
export VAGROLANT_TEST_DATABASE_URL
export VAGROLANT_BINARY=$root/build/$preset/vagrolant
export ASAN_OPTIONS=detect_stack_use_after_return=1 TSAN_OPTIONS=halt_on_error=1

# A runner that crashes or cannot start leaves no results: the summary counts it as one failure by its name.
expect() { printf '%s\n' "$1" >>"$results/expected"; }

programs() {
  local program name
  for program in "build/$preset"/src/*_test; do
    name=$(basename "$program")
    say "== $name"
    "$program" --gtest_brief=1 --gtest_output="json:$results/$name.json" || true
  done
}
vitest_in() {
  local name
  name=$(basename "$1")
  say "== $name"
  (cd "$1" && vitest run --reporter=default --reporter=json --outputFile.json="$results/$name.json") || true
}
types() {
  say "== types"
  if scripts/types.sh; then echo '{"passed":1,"failed":0}' >"$results/types.json"; fi
}

for program in "build/$preset"/src/*_test; do expect "$(basename "$program")"; done
if [ "$preset" = release ]; then
  for program in "build/$preset"/fuzz/fuzz_*; do expect "$(basename "$program")"; done
  for name in types sandbox e2e; do expect "$name"; done
  # End-to-end tests mostly wait: the others compute beside them, and are shown afterwards.
  {
    programs
    types
    scripts/fuzz.sh "build/$preset" "$results" 2>"$results/fuzz.log" || cat "$results/fuzz.log" >&2
    vitest_in sandbox
  } >"$results/beside.log" 2>&1 &
  beside=$!
  vitest_in tests/e2e
  wait "$beside" || true
  beside=''
  cat "$results/beside.log" >&2
else
  programs
fi
node scripts/test-summary.ts "$results"
