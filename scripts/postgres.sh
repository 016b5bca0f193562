#!/usr/bin/env bash
# A private PostgreSQL 15 for development and tests, made of Debian's binaries.
#
#   scripts/postgres.sh start  <dir> [--port N] [--fast]   make it if needed, start it, wait until it answers
#   scripts/postgres.sh stop   <dir>
#   scripts/postgres.sh url    <dir>                       postgresql://postgres@127.0.0.1:PORT/postgres
#   scripts/postgres.sh status <dir>                       exit 0 when it answers
#
# It listens on 127.0.0.1 and a Unix socket below <dir>, and trusts who reaches it there: for one's own
# machine only. The port is chosen once and kept. --fast is for tests: no durability (fsync off), and connections for
# many bots side by side.
# PostgreSQL refuses to run as root, so root runs it as the user `postgres`; where that user cannot reach
# <dir>, a directory below /var/lib/postgresql is used instead.
set -euo pipefail

bin=/usr/lib/postgresql/15/bin
deadline=60

die() {
    echo "postgres.sh: $*" >&2
    exit 1
}

usage() {
    sed -n '2,13p' "$0" | sed 's/^# \{0,1\}//' >&2
    exit 64
}

[[ $# -ge 2 ]] || usage
verb=$1 dir=$2
shift 2
wanted_port='' fast=no
while [[ $# -gt 0 ]]; do
    case $1 in
        --port)
            [[ ${2-} =~ ^[0-9]+$ ]] && ((10#$2 >= 1 && 10#$2 <= 65535)) || die "--port needs a number from 1 to 65535"
            wanted_port=$2
            shift 2
            ;;
        --fast) fast=yes && shift ;;
        *) usage ;;
    esac
done
[[ -x $bin/postgres ]] || die "PostgreSQL 15 is missing: apt-get install postgresql-15"

as_owner() {
    if [[ $EUID -eq 0 ]]; then
        # Not the caller's directory: the user postgres may be unable to enter it.
        (cd / && exec runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

# Sets root: the directory that holds data/, port, log and the socket.
locate() {
    mkdir -p "$dir" || die "cannot make $dir"
    root=$(cd "$dir" && pwd -P)
    [[ $EUID -eq 0 ]] || return 0
    id postgres >/dev/null 2>&1 || die "the user postgres is missing: apt-get install postgresql-15"
    if as_owner test -x "$root"; then
        chown postgres "$root"
        return 0
    fi
    local wanted=$root
    root=/var/lib/postgresql/vagrolant-$(sha256sum <<<"$wanted" | cut -c1-12)
    install -d -o postgres -m 0700 "$root"
    [[ $verb != start ]] || echo "postgres.sh: the user postgres cannot reach $wanted; using $root" >&2
}

port() {
    cat "$root/port" 2>/dev/null || die "no PostgreSQL in $dir: run '$0 start $dir'"
}

ready() {
    [[ -f $root/data/postmaster.pid && -f $root/port ]] &&
        as_owner "$bin/pg_ctl" -D "$root/data" status >/dev/null 2>&1 &&
        "$bin/pg_isready" -q -h 127.0.0.1 -p "$(cat "$root/port")" -t 3
}

port_is_free() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

choose_port() {
    if [[ -n $wanted_port ]]; then
        port_is_free "$wanted_port" || die "port $wanted_port is in use"
        chosen=$wanted_port
    elif [[ -f $root/port ]] && port_is_free "$(cat "$root/port")"; then
        chosen=$(cat "$root/port")
    else
        [[ ! -f $root/port ]] || echo "postgres.sh: port $(cat "$root/port") is in use, taking another" >&2
        local try
        for try in {1..50}; do
            # Below Linux' range of ephemeral ports, so that no client's socket sits on it later.
            chosen=$((20000 + (RANDOM << 15 | RANDOM) % 12000))
            if port_is_free "$chosen"; then break; fi
            [[ $try -lt 50 ]] || die "found no free port on 127.0.0.1"
        done
    fi
}

make_cluster() {
    [[ ! -f $root/data/PG_VERSION ]] || return 0
    rm -rf "$root/data" "$root/data.new"
    as_owner "$bin/initdb" -D "$root/data.new" -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync \
        >"$root/initdb.log" 2>&1 || die "initdb failed:"$'\n'"$(tail -5 "$root/initdb.log")"
    # Renamed once complete: an interrupted initdb leaves nothing that looks like a cluster.
    mv "$root/data.new" "$root/data"
}

# What a crash leaves behind (data/postmaster.pid, the socket's lock) keeps PostgreSQL from starting when the
# number in it now belongs to something else, or to a zombie.
drop_stale_locks() {
    local file=$root/data/postmaster.pid pid=''
    [[ ! -f $file ]] || pid=$(head -1 "$file")
    # A server's working directory is its data directory.
    if [[ ! $pid =~ ^[0-9]+$ || $(readlink "/proc/$pid/cwd") != "$root/data" ]]; then
        rm -f "$file" "$root"/.s.PGSQL.*
    fi
}

start() {
    # Two starters at once: the second waits and finds it running.
    exec 9>"$root/lock"
    flock -w "$deadline" 9 || die "another start of $root takes longer than ${deadline}s"
    if ready; then
        [[ -z $wanted_port || $wanted_port == "$(port)" ]] || die "already running on port $(port)"
        return 0
    fi
    [[ ! -f $root/data/PG_VERSION || $(cat "$root/data/PG_VERSION") == 15 ]] ||
        die "$root/data belongs to PostgreSQL $(cat "$root/data/PG_VERSION"), not 15"
    make_cluster
    drop_stale_locks
    choose_port

    local socket=$root
    # sockaddr_un holds 107 bytes; the file is called .s.PGSQL.NNNNN.lock at the longest.
    ((${#socket} <= 85)) || socket=''
    local options="-p $chosen -c listen_addresses=127.0.0.1 -c unix_socket_directories='$socket'"
    if [[ $fast == yes ]]; then
        options+=' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400'
    fi
    # The server must not inherit the lock.
    if ! as_owner "$bin/pg_ctl" -w -t "$deadline" -D "$root/data" -l "$root/log" -o "$options" start \
        >"$root/start.log" 2>&1 9>&-; then
        die "PostgreSQL did not start:"$'\n'"$(tail -5 "$root/start.log")"$'\n'"$(tail -5 "$root/log" 2>/dev/null)"
    fi
    echo "$chosen" >"$root/port"
    ready || die "PostgreSQL started but does not answer on port $chosen; see $root/log"
}

stop() {
    if ! as_owner "$bin/pg_ctl" -D "$root/data" status >/dev/null 2>&1; then
        return 0
    fi
    as_owner "$bin/pg_ctl" -w -t "$deadline" -D "$root/data" -m fast stop >/dev/null ||
        die "PostgreSQL in $root did not stop within ${deadline}s"
}

url() {
    local number
    number=$(port)
    echo "postgresql://postgres@127.0.0.1:$number/postgres"
}

locate
case $verb in
    start)
        start
        url
        ;;
    stop) stop ;;
    url) url ;;
    status)
        if ready; then
            echo "running on port $(port)"
        else
            echo "not running"
            exit 3
        fi
        ;;
    *) usage ;;
esac
