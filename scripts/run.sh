#!/usr/bin/env bash
# run.sh <binary>: the bot with the settings in .env; with a private PostgreSQL where .env names no database.
. "$(dirname "$0")/common.sh"
binary=$root/$1
cd "$root"

names_database() {
  [ -n "${DATABASE_URL:-}${POSTGRES_HOST:-}" ] ||
    { [ -f .env ] && grep -qE '^(export )?(DATABASE_URL|POSTGRES_HOST)=.' .env; }
}

if names_database; then
  exec "$binary"
fi
# Mistakes in the configuration are told before a database is started for nothing.
DATABASE_URL=postgresql://127.0.0.1/postgres "$binary" --check-config >/dev/null || exit $?
already_runs=true
scripts/postgres.sh status .data/postgres >/dev/null 2>&1 || already_runs=false
scripts/postgres.sh start .data/postgres >/dev/null
DATABASE_URL=$(scripts/postgres.sh url .data/postgres)
export DATABASE_URL
if $already_runs; then
  exec "$binary"
fi
# What was started here is stopped here. The terminal sends SIGINT to the bot itself.
"$binary" &
bot=$!
trap 'kill -TERM "$bot"' TERM
trap : INT
code=0
while kill -0 "$bot" 2>/dev/null; do
  code=0
  wait "$bot" || code=$?
done
scripts/postgres.sh stop .data/postgres
exit "$code"
