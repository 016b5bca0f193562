#!/usr/bin/env bash
# fuzz.sh <build> <results> [seconds]: every fuzz target of <build>, each beginning with the seeds that the contracts
# give. Without seconds a short run that does the same each time; its results are written as those of the tests are.
# What crashes a target is kept in .data/fuzz/<target>/ and said.
. "$(dirname "$0")/common.sh"
build=$1 results=$2 seconds=${3:-}
cd "$root"
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
node fuzz/seeds.ts "$seeds"
export UBSAN_OPTIONS=print_stacktrace=1
status=0
for program in "$build"/fuzz/fuzz_*; do
  name=$(basename "$program")
  target=${name#fuzz_}
  say "== $name"
  found=.data/fuzz/$target
  corpus=$seeds/$target
  mkdir -p "$found"
  limits=(-max_len=8192 -timeout=10 -rss_limit_mb=2048 "-artifact_prefix=$found/" -verbosity=0 -print_final_stats=1)
  if [ -n "$seconds" ]; then
    # What was learned is kept from run to run.
    mkdir -p "$found/corpus"
    limits+=("-max_total_time=$seconds" -use_value_profile=1)
    "$program" "${limits[@]}" "$found/corpus" "$corpus" || status=1
  elif "$program" "${limits[@]}" -runs=20000 -seed=1 "$corpus"; then
    echo '{"passed":1,"failed":0}' >"$results/$name.json"
  else
    status=1
  fi
done
exit $status
