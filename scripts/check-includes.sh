#!/usr/bin/env bash
# A header needs no linking, so the linker cannot catch every include in a wrong direction: this does.
. "$(dirname "$0")/common.sh"
cd "$root/src"
status=0
# forbid <where> <pattern> <reason>
forbid() {
  local found
  found=$(grep -rnE --include='*.cpp' --include='*.hpp' "$2" $1 2>/dev/null || true)
  if [ -n "$found" ]; then
    printf '%s\n  -> %s\n' "$found" "$3"
    status=1
  fi
}
forbid base '#include [<"](boost|async|json|discord|db|bot|features)/' 'base knows neither Asio nor Discord'
forbid async '#include "(json|discord|db|bot|features)/' 'async knows Asio only'
forbid json '#include "(async|discord|db|bot|features)/' 'json knows base only'
forbid discord '#include "(db|bot|features)/' 'discord/ could ship as a library of its own'
forbid db '#include "(json|discord|bot|features)/' 'db knows neither JSON nor Discord nor the bot'
forbid bot '#include "features/' 'the bot does not know its features'
found=$(grep -rlE '#include <pqxx' . | grep -vE '^\./db/|/store\.cpp$|/tests/' || true)
[ -z "$found" ] || { printf '%s\n  -> pqxx belongs in db/ and store.cpp\n' "$found"; status=1; }
found=$(grep -rlE '#include <(boost/beast|boost/asio/ssl|openssl)' . | grep -vE '^\./discord/net/|/tests/' || true)
[ -z "$found" ] || { printf '%s\n  -> Beast and OpenSSL belong in discord/net\n' "$found"; status=1; }
for feature in features/*/; do
  name=$(basename "$feature")
  found=$(grep -rnE '#include "features/' "$feature" | grep -vE "\"features/($name/|features\.hpp)" || true)
  [ -z "$found" ] || { printf '%s\n  -> a feature never includes another\n' "$found"; status=1; }
done
exit $status
