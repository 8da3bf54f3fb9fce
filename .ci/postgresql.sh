# A private PostgreSQL cluster on a socket of its own; the server refuses to run as root, hence the user.
PG_BIN="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)"

as_postgres() {
    if [ "$(id -u)" = 0 ]; then su postgres -s /bin/bash -c "$1"; else bash -c "$1"; fi
}

start_postgresql() {
    PG_DATA="$1"
    if [ -z "$PG_BIN" ]; then
        echo "PostgreSQL is not installed: apt-get install postgresql" >&2
        return 1
    fi
    PG_PORT="${PG_PORT:-54329}"
    mkdir -p "$PG_DATA"
    chmod 755 "$(dirname "$PG_DATA")"
    [ "$(id -u)" = 0 ] && chown postgres "$PG_DATA"
    as_postgres "$PG_BIN/initdb -D '$PG_DATA' -U tongxin --auth=trust --encoding=UTF8 --locale=C.UTF-8" >/dev/null
    as_postgres "$PG_BIN/pg_ctl -D '$PG_DATA' -w -l '$PG_DATA/log' -o '-p $PG_PORT -k $PG_DATA -c listen_addresses=127.0.0.1 -c max_connections=60' start" >/dev/null
    as_postgres "$PG_BIN/createdb -h 127.0.0.1 -p $PG_PORT -U tongxin tongxin"
    POSTGRESQL_URL="postgresql://tongxin@127.0.0.1:$PG_PORT/tongxin"
    export POSTGRESQL_URL PG_DATA
}

stop_postgresql() {
    if [ -n "${PG_DATA:-}" ] && [ -d "${PG_DATA:-}" ]; then
        as_postgres "$PG_BIN/pg_ctl -D '$PG_DATA' -m immediate stop" >/dev/null 2>&1 || true
    fi
}
