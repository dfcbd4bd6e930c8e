# Databases with the add-ons installed. Installing takes minutes and copying a second, so every
# database is a copy of a template, and the template is made again only when its inputs change.
# Sourced, never run.

LANGUAGES=en_US,zh_TW,zh_CN,vi_VN
PREFIX=healthcare_crm

odoo() { "$VENV/bin/python" -m odoo "$@"; }

addons() { "$VENV/bin/python" "$ROOT/script/lib/addons.py" "$ROOT/addons" "$1"; }

# What of an add-on reaches the database: not its tests, nor what the browser loads from static/.
addon_fingerprint() {
    (cd "$ROOT/addons" && find "$@" -type f -not -path '*/tests/*' -not -path '*/static/*' \
        -not -path '*/__pycache__/*' -not -name '*.md' -print0 2>/dev/null |
        sort -z | xargs -0 --no-run-if-empty sha256sum) | sha256sum | cut -c1-16
}

odoo_fingerprint() {
    if [[ -z ${ODOO_HOME:-} ]]; then
        cat "$LOCAL/stamps/odoo"
    else
        git -C "$ODOO_HOME" rev-parse HEAD 2>/dev/null || echo "$ODOO_HOME"
    fi
}

db_exists() { [[ -n $(psql -qAtd postgres -c "SELECT 1 FROM pg_database WHERE datname = '$1'") ]]; }

filestore() { echo "$LOCAL/data/filestore/$1"; }

# What was noted of a database outside it: its audit and its backups. Another database of the same
# name begins anew.
forget_journal() { rm -f "$LOCAL/data/healthcare_audit/$1".* "$LOCAL/data/healthcare_backup/$1".jsonl; }

drop_db() {
    dropdb --if-exists --force "$1" 2>/dev/null
    rm -rf "$(filestore "$1")"
    forget_journal "$1"
}

# The files of a filestore never change, only come and go, so hard links make the copy.
copy_db() {
    drop_db "$2"
    createdb -T "$1" "$2"
    if [[ -d $(filestore "$1") ]]; then cp -al "$(filestore "$1")" "$(filestore "$2")"; fi
}

# The files move first: a database under its final name is complete.
rename_db() {
    rm -rf "$(filestore "$2")"
    if [[ -d $(filestore "$1") ]]; then mv "$(filestore "$1")" "$(filestore "$2")"; fi
    psql -qd postgres -c "ALTER DATABASE \"$1\" RENAME TO \"$2\""
}

# install_into DATABASE LOG ODOO-ARGUMENTS...
install_into() {
    local db=$1 log=$2
    shift 2
    odoo -d "$db" --no-http --max-cron-threads=0 --stop-after-init "$@" >"$log" 2>&1 || {
        grep -v " INFO " "$log" | tail -n 40 >&2
        die "the add-ons could not be installed; the whole log is in $log."
    }
}

# Sets TEMPLATE, a database with Odoo's modules, the add-ons, demo data and all languages, and
# INSTALL_LOGS, what Odoo said while installing them. Odoo's own modules, the slow part, have a
# template of their own, which a change of an add-on leaves alone.
make_template() {
    local depends ours base building old
    depends=$(addons depends)
    ours=$(addons names)
    base=${PREFIX}_base_$(fingerprint "$(odoo_fingerprint)" "$ROOT/requirements.txt" "$LANGUAGES" "$(ignores_accents)" "$depends")
    TEMPLATE=$base
    if [[ -n $ours ]]; then TEMPLATE=${PREFIX}_template_$(fingerprint "$base" "$ours" "$(addon_fingerprint .)" "$HEALTHCARE_KEYS_FILE"); fi
    INSTALL_LOGS=$LOCAL/log/$base.log:$LOCAL/log/$TEMPLATE.log

    exec 7>>"$LOCAL/lock/template"
    flock -n 7 || { say "Waiting for another run that makes the template" && flock 7; }
    building=${PREFIX}_building
    if ! db_exists "$TEMPLATE"; then
        for old in $(psql -qAtd postgres -c "SELECT datname FROM pg_database WHERE datname LIKE '${PREFIX}\\_template\\_%'"); do
            drop_db "$old"
        done
        if ! db_exists "$base"; then
            say "Installing Odoo's modules with demo data in English, Chinese and Vietnamese (about two minutes)"
            for old in $(psql -qAtd postgres -c "SELECT datname FROM pg_database WHERE datname LIKE '${PREFIX}\\_base\\_%'"); do
                drop_db "$old"
            done
            drop_db "$building"
            install_into "$building" "$LOCAL/log/$base.log" -i "${depends:-base}" --load-language="$LANGUAGES"
            rename_db "$building" "$base"
        fi
        if [[ $TEMPLATE != "$base" ]]; then
            say "Installing ${ours//,/, }"
            copy_db "$base" "$building"
            install_into "$building" "$LOCAL/log/$TEMPLATE.log" -i "$ours"
            rename_db "$building" "$TEMPLATE"
        fi
    fi
}

# A run that was killed leaves its copy behind; the name ends in the number of its process.
drop_left_over() {
    local old
    for old in $(psql -qAtd postgres -c "SELECT datname FROM pg_database WHERE datname ~ '^${PREFIX}_(test|bench)(_[a-z]+)?_[0-9]+$'"); do
        kill -0 "${old##*_}" 2>/dev/null || drop_db "$old"
    done
}

# copy_template DATABASE: within the lock, so that no other run replaces the template meanwhile
copy_template() {
    if [[ -n ${PRIVATE_POSTGRES:-} ]]; then drop_left_over; fi
    make_template
    copy_db "$TEMPLATE" "$1"
    exec 7>&-
}
