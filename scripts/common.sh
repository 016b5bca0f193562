# Sourced by the other scripts: the project's root, the pinned Node on the PATH, plain messages.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
toolchain=$root/.cache/toolchain
export PATH=$toolchain/node_modules/.bin:$root/node_modules/.bin:$PATH

say() { printf '%s\n' "$*" >&2; }
die() {
  say "error: $*"
  exit 1
}
