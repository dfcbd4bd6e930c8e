# Odoo itself: Debian's package, fetched and checked by apt, unpacked without installing it.
# Sourced, never run.

# Odoo's links point to these fonts and libraries. Debian's later font packages renamed the files
# that Odoo 19 links to, so they come from an older suite than Odoo does.
ODOO_PACKAGES=(
    odoo-19/sid
    fonts-montserrat/sid
    fonts-font-awesome/bookworm
    fonts-glyphicons-halflings/bookworm
    fonts-inconsolata/bookworm
    fonts-roboto-unhinted/bookworm
    libjs-jquery/bookworm
    libjs-jquery-form/bookworm
    libjs-underscore/bookworm
)
DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# The Debian archive that this machine already uses, as apt itself understands its sources.
debian_archive() {
    local codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
    apt-get --print-uris update 2>/dev/null |
        sed -nE "s#^'(.*)/dists/($codename|stable|testing|unstable|sid)/InRelease'.*#\1#p" |
        sort -r | awk '/\/debian$/ {print; found = 1; exit} {last = $0} END {if (!found && last) print last}'
}

# apt with lists and downloads of its own, so that it needs no rights and changes nothing on the
# machine; the machine's proxy and certificate settings stay in force.
private_apt() {
    local program=$1 apt=$CACHE/apt
    shift
    "$program" -o Dir::State="$apt/state" -o Dir::State::status=/dev/null -o Dir::Cache="$apt/cache" \
        -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::Etc::preferences=- -o Dir::Etc::preferencesparts=- \
        -o APT::Architecture="$(dpkg --print-architecture)" -o APT::Sandbox::User= \
        -o Acquire::Retries=2 "$@"
}

# Downloads what ODOO_PACKAGES names into the cache, each file checked by apt, and writes
# SHA256SUMS last: its presence says that the set is complete.
download_odoo() {
    local debs=$1 archive
    if [[ -f $debs/SHA256SUMS ]]; then
        (cd "$debs" && sha256sum --check --status SHA256SUMS) && return
        say "A cached Odoo package is damaged, fetching it again"
        rm -rf "$debs"
    fi
    have apt-get || die "Odoo is fetched as a Debian package and this machine has no apt; set ODOO_HOME to a checkout of Odoo 19.0."
    archive=$(debian_archive)
    [[ -n $archive ]] || die "no Debian archive among this machine's apt sources; set ODOO_HOME to a checkout of Odoo 19.0."
    [[ -f $DEBIAN_KEYRING ]] || apt_install "Debian's signing keys" debian-archive-keyring

    say "Fetching Odoo 19 from this machine's Debian archive (about 130 MB)"
    rm -rf "$debs.tmp"
    mkdir -p "$debs.tmp" "$CACHE/apt/state/lists/partial" "$CACHE/apt/cache/archives/partial"
    printf "deb [signed-by=$DEBIAN_KEYRING] $archive %s main\n" sid bookworm >"$CACHE/apt/sources.list"
    {
        private_apt apt-get -o APT::Update::Error-Mode=any update &&
            (cd "$debs.tmp" && private_apt apt-get download "${ODOO_PACKAGES[@]}")
    } >"$LOCAL/log/odoo-download.log" 2>&1 ||
        die "Odoo could not be fetched; check the network and run this again, or set ODOO_HOME to a checkout of Odoo 19.0 (details in $LOCAL/log/odoo-download.log)."
    (cd "$debs.tmp" && sha256sum -- *.deb >SHA256SUMS)
    mv "$debs.tmp" "$debs"
}

# Unpacks the packages beside their final place and renames, so that .local/odoo is whole or absent.
unpack_odoo() {
    local debs=$1 deb lib
    say "Unpacking Odoo"
    rm -rf "$LOCAL/odoo.tmp"
    mkdir -p "$LOCAL/odoo.tmp"
    for deb in "$debs"/*.deb; do
        dpkg-deb -x "$deb" "$LOCAL/odoo.tmp"
    done
    # Debian leaves this file out for its licence; its absence breaks every browser test
    lib=$LOCAL/odoo.tmp/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation
    mkdir -p "$lib"
    [[ -e $lib/selfie_segmentation.js ]] || : >"$lib/selfie_segmentation.js"
    rm -rf "$LOCAL/odoo"
    mv "$LOCAL/odoo.tmp" "$LOCAL/odoo"
}

# Sets ODOO_PATH, the folder that holds the package `odoo`, and ODOO_ADDONS, Odoo's add-ons.
find_odoo() {
    if [[ -n ${ODOO_HOME:-} ]]; then
        ODOO_PATH=$ODOO_HOME
        ODOO_ADDONS=$ODOO_HOME/addons
        [[ -f $ODOO_PATH/odoo/release.py && -d $ODOO_ADDONS/web ]] ||
            die "ODOO_HOME=$ODOO_HOME is no checkout of Odoo; set it to one of Odoo 19.0, or unset it."
        grep -q '^version_info = (19, 0,' "$ODOO_PATH/odoo/release.py" ||
            die "ODOO_HOME=$ODOO_HOME is not Odoo 19.0; check out its branch 19.0, or unset it."
    else
        ODOO_PATH=$LOCAL/odoo/usr/lib/python3/dist-packages
        ODOO_ADDONS=$ODOO_PATH/odoo/addons
    fi
}

setup_odoo() {
    local key
    find_odoo
    [[ -z ${ODOO_HOME:-} ]] || return 0
    key=$(fingerprint "${ODOO_PACKAGES[@]}")
    if [[ -d $LOCAL/odoo ]] && is_done odoo "$key"; then return; fi
    cache_locked download_odoo "$CACHE/odoo-$key"
    unpack_odoo "$CACHE/odoo-$key"
    mark_done odoo "$key"
}
