# The checks of JavaScript, in .local/node as package-lock.json says. Sourced, never run.

NODE=$LOCAL/node

# Without npm there is nothing to set up, and script/lint says what it leaves out.
setup_node() {
    local key
    have npm || return 0
    key=$(fingerprint "$ROOT/package-lock.json")
    if is_done node "$key"; then return; fi
    say "Fetching the checks of JavaScript"
    forget node
    mkdir -p "$NODE"
    cp "$ROOT/package.json" "$ROOT/package-lock.json" "$ROOT/.npmrc" "$NODE/"
    (cd "$NODE" && npm ci --silent --cache "$CACHE/npm" --prefer-offline) >"$LOCAL/log/npm.log" 2>&1 ||
        die "the checks of JavaScript could not be fetched; check the network and run this again (details in $LOCAL/log/npm.log)."
    mark_done node "$key"
}
