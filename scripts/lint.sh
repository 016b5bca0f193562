#!/usr/bin/env bash
# Format, include directions, eslint, types, then clang-tidy over the files that changed against the main branch (or
# over all of them with LINT_ALL=1).
. "$(dirname "$0")/common.sh"
cd "$root"
status=0
check() {
  say "== $1"
  shift
  "$@" || status=1
}

cpp_format() { git ls-files -- '*.cpp' '*.hpp' | xargs -r clang-format-19 --dry-run --Werror; }
tidy() {
  local files
  if [ -n "${LINT_ALL:-}" ]; then
    files=$(git ls-files -- 'src/*.cpp' 'fuzz/*.cpp')
  else
    files=$( (git diff --name-only --diff-filter=d origin/main... -- 'src/*.cpp' 'fuzz/*.cpp' 2>/dev/null ||
      git diff --name-only --diff-filter=d HEAD -- 'src/*.cpp' 'fuzz/*.cpp') | sort -u)
  fi
  [ -n "$files" ] || return 0
  [ -f build/release/compile_commands.json ] || cmake --preset release >/dev/null
  printf '%s\n' "$files" | xargs -P 2 -n 4 clang-tidy-19 -p build/release --quiet
}

check 'clang-format' cpp_format
check 'include directions' scripts/check-includes.sh
check 'prettier' prettier --log-level warn --check .
check 'eslint' eslint .
check 'types' scripts/types.sh
check 'clang-tidy' tidy
exit $status
