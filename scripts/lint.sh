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
  # Tests await what they make before it goes, read the environment, name hooks of sanitizers, and need not be quick.
  local in_tests=-bugprone-reserved-identifier,-cppcoreguidelines-avoid-capturing-lambda-coroutines,-concurrency-mt-unsafe,-performance-*
  local found=0
  grep -v /tests/ <<<"$files" | xargs -r -P 2 -n 4 clang-tidy-19 -p build/release --quiet || found=1
  grep /tests/ <<<"$files" | xargs -r -P 2 -n 4 clang-tidy-19 -p build/release --quiet --checks="$in_tests" || found=1
  return $found
}

check 'clang-format' cpp_format
check 'include directions' scripts/check-includes.sh
check 'prettier' prettier --log-level warn --check .
check 'eslint' eslint .
check 'types' scripts/types.sh
check 'clang-tidy' tidy
exit $status
