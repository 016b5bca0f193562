#!/usr/bin/env bash
# bench.sh: every bench, one after another; each prints its table and writes bench/results/<name>.json.
. "$(dirname "$0")/common.sh"
cd "$root"
node bench/gateway.ts
node bench/queue.ts
node bench/hubs.ts
