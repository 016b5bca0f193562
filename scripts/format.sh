#!/usr/bin/env bash
. "$(dirname "$0")/common.sh"
cd "$root"
git ls-files -co --exclude-standard -- '*.cpp' '*.hpp' | xargs -r clang-format-19 -i
prettier --log-level warn --write .
eslint --fix .
