# What only the machine itself can provide: PostgreSQL, a browser, fonts. Installed with apt when
# missing and allowed. Sourced, never run.

# The command that may install packages: nothing as root, sudo without a password, or failure.
as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    elif have sudo && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

# apt_install WHY PACKAGE...
apt_install() {
    local why=$1 log=$LOCAL/log/apt.log
    shift
    have apt-get || die "$why is missing and this machine has no apt; install it with your own package manager."
    as_root true || die "$why is missing and may not be installed from here; run: sudo apt-get install $*"
    say "Installing $* ($why)"
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@")
    # the package lists may be missing or old, so a first failure only means: update them
    as_root "${install[@]}" >"$log" 2>&1 </dev/null && return
    as_root apt-get -o DPkg::Lock::Timeout=120 update >>"$log" 2>&1 </dev/null || true
    as_root "${install[@]}" >>"$log" 2>&1 </dev/null ||
        die "$why could not be installed; check the network and run: sudo apt-get install $* (details in $log)"
}

# The folder of the newest PostgreSQL server programs, or nothing.
postgres_bin() {
    local dir
    for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5 -rn) $(pg_config --bindir 2>/dev/null); do
        if [[ -x $dir/initdb && -x $dir/pg_ctl ]]; then
            echo "$dir"
            return
        fi
    done
}

install_postgres() {
    [[ -n ${PGHOST:-} || -n $(postgres_bin) ]] || apt_install "PostgreSQL" postgresql
    have psql || apt_install "PostgreSQL's client" postgresql-client
}

# The browser as .local/bin/google-chrome: the name that Odoo's tests look for first.
install_browser() {
    if [[ -n ${CHROMIUM:-} ]]; then
        [[ -x $CHROMIUM ]] || die "CHROMIUM=$CHROMIUM is not a program; set it to a Chromium or unset it."
    else
        have chromium || apt_install "Chromium, for the browser tests" chromium
    fi
    mkdir -p "$LOCAL/bin"
    ln -sfn "${CHROMIUM:-$(command -v chromium)}" "$LOCAL/bin/google-chrome"
}

# Without a font for Chinese, screenshots and PDFs show empty boxes.
install_fonts() {
    have fc-list || apt_install "fontconfig" fontconfig
    [[ -n $(fc-list :lang=zh-tw) ]] || apt_install "a font for Chinese" fonts-noto-cjk
}

# Odoo makes PDFs with it; pages of a report in HTML do without.
install_pdf() {
    have wkhtmltopdf || apt_install "wkhtmltopdf, for PDFs" wkhtmltopdf
}
