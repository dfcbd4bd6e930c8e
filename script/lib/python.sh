# The Python environment: .local/venv with the pinned packages. Sourced, never run.

# Whether a command is a Python that Odoo 19 runs on. Asked of the program itself: a version
# manager's stand-in may be on PATH without the Python behind it.
python_fits() {
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

# Prints the Python to use: PYTHON, else the first on PATH that fits, else the distribution's.
find_python() {
    local python
    if [[ -n ${PYTHON:-} ]]; then
        python_fits "$PYTHON" ||
            die "PYTHON=$PYTHON is not Python 3.10 to 3.13; set PYTHON to one that is, or unset it."
        echo "$PYTHON"
        return
    fi
    for python in python3 python3.13 python3.12 python3.11 python3.10; do
        if have "$python" && python_fits "$python"; then
            echo "$python"
            return
        fi
    done
    apt_install "Python 3.10 to 3.13" python3-venv
    python_fits /usr/bin/python3 ||
        die "this machine offers no Python 3.10 to 3.13; install one and set PYTHON to its path."
    echo /usr/bin/python3
}

# The wheels of all packages, in the cache under the key of what was asked for. SHA256SUMS comes
# last: its presence says that the set is complete.
download_wheels() {
    local pip=$1 wheels=$2
    if [[ -f $wheels/SHA256SUMS ]]; then
        (cd "$wheels" && sha256sum --check --status SHA256SUMS) && return
        say "A cached Python package is damaged, fetching it again"
        rm -rf "$wheels"
    fi
    say "Fetching Python packages"
    rm -rf "$wheels.tmp"
    mkdir -p "$wheels.tmp"
    "$pip" --cache-dir "$CACHE/pip" wheel --quiet --retries 2 --use-pep517 --wheel-dir "$wheels.tmp" \
        -r "$ROOT/requirements.txt" -r "$ROOT/requirements-dev.txt" >"$LOCAL/log/pip.log" 2>&1 ||
        die "the Python packages could not be fetched; check the network and run this again (details in $LOCAL/log/pip.log)."
    (cd "$wheels.tmp" && sha256sum -- *.whl >SHA256SUMS)
    mv "$wheels.tmp" "$wheels"
}

make_venv() {
    say "Making the Python environment in .local/venv ($("$PYTHON" --version 2>&1))"
    forget venv
    rm -rf "$VENV"
    if ! "$PYTHON" -m venv "$VENV" >/dev/null 2>&1; then
        rm -rf "$VENV"
        apt_install "Python's venv module" python3-venv
        "$PYTHON" -m venv "$VENV" >/dev/null 2>&1 || die "$PYTHON cannot make virtual environments; set PYTHON to one that can."
    fi
    # with this line `import odoo` works, as if Odoo were installed
    echo "$ODOO_PATH" >"$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/odoo.pth"
}

setup_python() {
    local version wheels key
    version=$("$PYTHON" -c 'import sys; print(*sys.version_info[:2])')
    key=$(fingerprint "$("$PYTHON" -c 'import sys; print(sys.version, sys.base_prefix)')" "$ODOO_PATH")
    # no stamp for the packages: their installation was cut short
    if [[ ! -x $VENV/bin/python || ! -f $LOCAL/stamps/packages ]] || ! is_done venv "$key"; then
        make_venv
        mark_done venv "$key"
        forget packages
    fi
    key=$(fingerprint "$version" "$(uname -m)" "$ROOT/requirements.txt" "$ROOT/requirements-dev.txt")
    if is_done packages "$key"; then return; fi
    wheels=$CACHE/wheels/$key
    cache_locked download_wheels "$VENV/bin/pip" "$wheels"
    forget packages
    say "Installing Python packages"
    "$VENV/bin/pip" install --quiet --no-index --no-deps --disable-pip-version-check "$wheels"/*.whl ||
        die "the Python packages could not be installed; remove $wheels and run this again."
    mark_done packages "$key"
}
