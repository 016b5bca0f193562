#!/usr/bin/env bash
# types.sh: checks the types of all TypeScript; again only those of what has changed since the last time.
. "$(dirname "$0")/common.sh"
cd "$root"
tsc -p . && tsc -p sandbox/page --incremental --tsBuildInfoFile build/types/page.json
