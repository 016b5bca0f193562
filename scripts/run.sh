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
scripts/postgres.sh start .data/postgres
DATABASE_URL=$(scripts/postgres.sh url .data/postgres)
export DATABASE_URL
exec "$binary"
