# Brings everything the other scripts need into .local/. Sourced, never run.

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
for part in machine odoo python node postgres; do
    # shellcheck source=/dev/null
    . "$ROOT/script/lib/$part.sh"
done

# Whether "nguyen" is to find Nguyễn: Odoo needs the rights of a superuser to set that up.
ignores_accents() {
    local is_super
    is_super=$(psql -qAtd postgres -c 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user' 2>/dev/null)
    if [[ $is_super == t ]]; then echo True; else echo False; fi
}

# The settings of Odoo on this machine. An addons path without an add-on would be a warning.
write_conf() {
    local addons=$ODOO_ADDONS
    if compgen -G "$ROOT/addons/*/__manifest__.py" >/dev/null; then addons+=,$ROOT/addons; fi
    mkdir -p "$LOCAL/data"
    cat >"$LOCAL/odoo.conf.$$" <<EOF
[options]
addons_path = $addons
data_dir = $LOCAL/data
admin_passwd = $(admin_password)
list_db = False
with_demo = True
unaccent = $(ignores_accents)
db_host = $PGHOST
db_port = ${PGPORT:-5432}
db_user = ${PGUSER:-$(id -un)}
http_interface = 127.0.0.1
max_cron_threads = 2
smtp_server = ${SMTP_HOST:-127.0.0.1}
smtp_port = ${SMTP_PORT:-8025}
EOF
    mv "$LOCAL/odoo.conf.$$" "$LOCAL/odoo.conf"
}

# Made once per checkout: Odoo warns of, and would accept, the default one.
admin_password() {
    if [[ ! -s $LOCAL/admin_passwd ]]; then
        (umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$LOCAL/admin_passwd")
    fi
    cat "$LOCAL/admin_passwd"
}

# The keys that patients' data is encrypted with here. Databases made with them are lost without them.
write_keys() {
    if [[ ! -s $LOCAL/keys.json ]]; then
        (umask 077 && printf '{"active": "local", "keys": {"local": "%s"}, "mac": "%s"}\n' \
            "$(head -c 32 /dev/urandom | base64)" "$(head -c 32 /dev/urandom | base64)" >"$LOCAL/keys.json.$$")
        mv "$LOCAL/keys.json.$$" "$LOCAL/keys.json"
    fi
}

# The key and the certificate that signed consents are sealed with here. A clinic has its own.
write_seal() {
    if [[ ! -s $LOCAL/seal.pem ]]; then
        (umask 077 && "$VENV/bin/python" "$ROOT/addons/healthcare_crm/consenting/development.py" \
            >"$LOCAL/seal.pem.$$")
        mv "$LOCAL/seal.pem.$$" "$LOCAL/seal.pem"
    fi
}

# Two scripts started at once must not build the same thing: the second waits here.
begin_setup() {
    mkdir -p "$LOCAL/lock" "$LOCAL/log" "$CACHE" ||
        die "$LOCAL or $CACHE cannot be written; give this user the right to, or set XDG_CACHE_HOME."
    exec 9>>"$LOCAL/lock/setup"
    flock -n 9 || { say "Waiting for another setup of this checkout" && flock 9; }
    PYTHON=$(find_python)
}

end_setup() { exec 9>&-; }

# What Odoo needs to run.
setup() {
    begin_setup
    use_postgres
    trap release_postgres EXIT
    install_postgres
    install_fonts
    install_pdf
    setup_odoo
    setup_python
    setup_postgres
    write_conf
    write_keys
    write_seal
    export ODOO_RC=$LOCAL/odoo.conf HEALTHCARE_KEYS_FILE=$LOCAL/keys.json
    export HEALTHCARE_SEAL_FILE=$LOCAL/seal.pem
    : >"$LOCAL/ready"
    end_setup
}

# What the checks of style need: no Odoo and no database.
setup_tools() {
    begin_setup
    find_odoo
    setup_python
    setup_node
    end_setup
}
