#!/usr/bin/env bash
# build.sh <preset> <target>: configures once, then builds what changed.
. "$(dirname "$0")/common.sh"
preset=$1 target=$2
cd "$root"
if [ ! -f "build/$preset/build.ninja" ]; then
  cmake --preset "$preset" >"build-$preset.log" 2>&1 || { cat "build-$preset.log" >&2; rm -f "build-$preset.log"; exit 1; }
  rm -f "build-$preset.log"
fi
cmake --build "build/$preset" --target "$target"
