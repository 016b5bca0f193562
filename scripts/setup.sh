#!/usr/bin/env bash
# setup.sh <group>…: installs what the groups (build, database, node, test, lint, bench) lack; quick when nothing does.
. "$(dirname "$0")/common.sh"

node_version=22.23.3
npm_version=11.19.1

packages=()
want_node=false
for group in "$@"; do
  case $group in
    build)
      packages+=(clang-19 lld-19 cmake ninja-build pkg-config ccache libclang-rt-19-dev
        libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libssl-dev libpqxx-dev libsimdjson-dev
        libzstd-dev zlib1g-dev libspdlog-dev libfmt-dev libcli11-dev libgtest-dev libgmock-dev ca-certificates)
      ;;
    database) packages+=(postgresql-15) ;;
    node)
      want_node=true
      command -v npm >/dev/null || packages+=(nodejs npm)
      packages+=(openssl ca-certificates)
      ;;
    test) packages+=(pgbouncer chromium fonts-dejavu-core fonts-noto-color-emoji) ;;
    lint) packages+=(clang-tidy-19 clang-format-19) ;;
    bench) packages+=(python3-discord) ;;
    *) die "setup.sh knows no group '$group'" ;;
  esac
done

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || die "these Debian packages are needed, and there is no apt-get: ${missing[*]}"
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "run as root, or install sudo, to get: ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
fi

if $want_node; then
  # Debian's Node only has to fetch the pinned one; its own npm is too old for the lock file.
  if [ "$("$toolchain/node_modules/.bin/node" --version 2>/dev/null)" != "v$node_version" ]; then
    say "Installing Node $node_version"
    mkdir -p "$toolchain"
    [ -f "$toolchain/package.json" ] || printf '{"private":true}\n' >"$toolchain/package.json"
    npm install --prefix "$toolchain" --no-audit --no-fund --loglevel=error \
      "node-linux-$(dpkg --print-architecture | sed 's/^amd64$/x64/')@$node_version" "npm@$npm_version" >&2
  fi
  stamp=$root/node_modules/.installed-lock
  if ! cmp -s "$root/package-lock.json" "$stamp"; then
    say "Installing npm packages"
    (cd "$root" && npm ci --loglevel=error >&2)
    cp "$root/package-lock.json" "$stamp"
  fi
  if [ -z "$(find "$root/sandbox/page/dist/index.html" -newer "$stamp" 2>/dev/null)" ] ||
    [ -n "$(find "$root/sandbox/page" -path '*/dist' -prune -o -type f -newer "$root/sandbox/page/dist/index.html" -print -quit)" ]; then
    say "Building the sandbox's page"
    npm --prefix "$root/sandbox" run --silent build >&2
  fi
fi
