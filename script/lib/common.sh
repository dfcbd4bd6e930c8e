# What every script shares: where things are, how to speak, and stamps that make setup resumable.
# Sourced, never run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
LOCAL=$ROOT/.local
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/healthcare-crm
VENV=$LOCAL/venv
# nothing of the caller's own environment, an activated .local/venv included, may leak into ours
PATH=${PATH//"$VENV/bin:"/}
unset PGDATABASE PGSERVICE ODOO_RC HEALTHCARE_KEYS HEALTHCARE_SEAL
export LC_ALL=C.UTF-8

say() { printf '==> %s\n' "$*" >&2; }

# Ends the script with one sentence that says what is wrong and what to do.
die() {
    printf 'Error: %s\n' "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# One short name for the content of the files and words given: the key of a stamp.
fingerprint() {
    for word in "$@"; do
        if [[ -f $word ]]; then sha256sum <"$word"; else printf '%s\n' "$word"; fi
    done | sha256sum | cut -c1-16
}

# A part is done when its stamp holds the key of its inputs; the stamp is written last, so a part
# that was killed half-way is made again.
is_done() { [[ -f $LOCAL/stamps/$1 && $(<"$LOCAL/stamps/$1") == "$2" ]]; }

mark_done() {
    mkdir -p "$LOCAL/stamps"
    printf '%s\n' "$2" >"$LOCAL/stamps/$1.tmp"
    mv "$LOCAL/stamps/$1.tmp" "$LOCAL/stamps/$1"
}

forget() { rm -f "$LOCAL/stamps/$1"; }

# Runs a command while no other checkout touches the cache.
cache_locked() { (flock 6 && "$@") 6>>"$CACHE/lock"; }
