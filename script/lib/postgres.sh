# A PostgreSQL cluster of our own, reached through a Unix socket only. Sourced, never run.

# PostgreSQL refuses to run as root; root lends it to the user the distribution made for it.
as_postgres() {
    if [[ $(id -u) == 0 ]]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

# Where the cluster can live: in .local, unless that path is too long for a Unix socket or closed
# to the user postgres. Then a folder of /var/tmp named after this checkout, linked from .local.
postgres_home() {
    local home=$LOCAL/postgres
    if [[ -L $home ]]; then
        readlink "$home"
        return
    fi
    # 107 bytes is all that a socket's path may have, "/run/.s.PGSQL.5432" included
    if [[ ${#home} -gt 88 ]] || ! as_postgres test -x "$LOCAL"; then
        home=/var/tmp/healthcare-crm-$(id -u)-$(fingerprint "$ROOT")
    fi
    echo "$home"
}

make_cluster() {
    local home=$1 bin=$2
    say "Making a PostgreSQL cluster in .local/postgres"
    rm -rf "$home"
    mkdir -m 700 "$home" || die "$home cannot be made; remove it, or set PGHOST to a PostgreSQL of yours."
    mkdir "$home/run"
    if [[ $(id -u) == 0 ]]; then chown -R postgres "$home"; fi
    as_postgres "$bin/initdb" --pgdata="$home/data" --username=odoo --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
        >"$LOCAL/log/initdb.log" 2>&1 || die "the PostgreSQL cluster could not be made (details in $LOCAL/log/initdb.log)."
    # everything in here can be made again, so it is not worth waiting for the disk
    as_postgres tee -a "$home/data/postgresql.conf" >/dev/null <<EOF
listen_addresses = ''
unix_socket_directories = '$home/run'
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 256MB
max_wal_size = 2GB
max_connections = 200
EOF
    [[ $home == "$LOCAL/postgres" ]] || ln -sfn "$home" "$LOCAL/postgres"
}

setup_postgres() {
    local home bin
    if [[ -n ${PGHOST:-} ]]; then
        psql -qAt -d postgres -c 'SELECT 1' >/dev/null 2>&1 ||
            die "PostgreSQL at PGHOST=$PGHOST does not answer; start it, check PGPORT, PGUSER and PGPASSWORD, or unset PGHOST."
        return
    fi
    bin=$(postgres_bin)
    home=$(postgres_home)
    if [[ ! -f $home/data/PG_VERSION ]] || ! is_done postgres "$home"; then
        forget postgres
        make_cluster "$home" "$bin"
        mark_done postgres "$home"
    fi
    # a cluster is only understood by the version that made it
    bin=/usr/lib/postgresql/$(as_postgres cat "$home/data/PG_VERSION")/bin
    [[ -x $bin/pg_ctl ]] || bin=$(postgres_bin)
    export PGHOST=$home/run PGPORT=5432 PGUSER=odoo
    if ! as_postgres "$bin/pg_ctl" -D "$home/data" status >/dev/null 2>&1; then
        as_postgres "$bin/pg_ctl" -D "$home/data" -l "$home/data/server.log" -w -t 60 start >/dev/null 2>&1 8>&- 9>&- ||
            die "PostgreSQL does not start; see $home/data/server.log."
    fi
    PRIVATE_POSTGRES=$home/data PRIVATE_POSTGRES_BIN=$bin
}

# The cluster stops with the last script that uses it. Each holds a shared lock while it runs, and
# whoever can have the lock alone on leaving is the last.
use_postgres() {
    mkdir -p "$LOCAL/lock"
    exec 8>>"$LOCAL/lock/postgres"
    flock -s 8
}

release_postgres() {
    [[ -n ${PRIVATE_POSTGRES:-} ]] || return 0
    if flock -n -x 8; then
        as_postgres "$PRIVATE_POSTGRES_BIN/pg_ctl" -D "$PRIVATE_POSTGRES" -m fast -w stop >/dev/null 2>&1 || true
    fi
    exec 8>&-
}
