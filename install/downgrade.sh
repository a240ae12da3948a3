# Puts the release before this one in its place. Sourced by install.sh, not run.
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of install.sh, lib.sh and keep.sh

downgrade() {
    check_machine
    begin "downgrade"
    previous=$(readlink "$home/current" 2>/dev/null || true)
    is_upgrade || refuse "The panel is not installed here"
    release=$home/releases/$(cat "$previous/.before" 2>/dev/null || echo none)
    [ -d "$release" ] || refuse "There is no release before this one on this server. Nothing was changed"
    refuse_unreadable
    local row
    mapfile -t steps < <(for row in "${steps[@]}"; do
        case "${row%%|*}" in keep | units | start | token | converge | health) echo "$row" ;; esac
    done)
    run_steps
    echo "The release from before ($(basename "$release")) runs."
}

# A release says which tables it was made for (dist/release.json), and the database which release can read it.
refuse_unreadable() {
    local knows tables readable
    knows=$(sed -nE 's/.*"tables": *([0-9]+).*/\1/p' "$release/dist/release.json" 2>/dev/null || true)
    [ -n "$knows" ] || refuse "The release from before does not say which database it can read. Nothing was changed"
    mkdir -p "$kept"
    read -r tables readable < <(tables_in "$database")
    rm -rf "$kept"
    if [ "$knows" -lt "$tables" ] && { [ "$readable" -eq 0 ] || [ "$knows" -lt "$readable" ]; }; then
        refuse "The release from before cannot read the database of this one (version $tables of its tables; it knows" \
            "$knows). Nothing was changed"
    fi
}
