#!/usr/bin/env bash
# build.sh <preset> <target>: configures once, and when the presets have changed; then builds what changed.
. "$(dirname "$0")/common.sh"
preset=$1 target=$2
cd "$root"
configured=build/$preset/.configured
if [ ! -f "build/$preset/build.ninja" ] || [ CMakePresets.json -nt "$configured" ]; then
  cmake --preset "$preset" >"build-$preset.log" 2>&1 || { cat "build-$preset.log" >&2; rm -f "build-$preset.log"; exit 1; }
  rm -f "build-$preset.log"
  touch "$configured"
fi
cmake --build "build/$preset" --target "$target"
