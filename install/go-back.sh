# Goes back to the release from before when the new one does not run. Sourced by install.sh and cut-off.sh, not run.
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of install.sh, lib.sh and keep.sh

# go_back: leaves the old release as it was, or, in a first installation, what the next run goes on from.
go_back() {
    remove_unfinished
    [ -e "$kept/release" ] || return 0
    local before newer
    before=$(basename "$previous")
    newer=$database.$(basename "$release")
    ( return_to_previous ) >>"$log" 2>&1 </dev/null || true
    if [ -e "$newer" ]; then
        echo "Its database is as it was before the upgrade; that of the new release is $newer." >&2
    fi
    if ( set -euo pipefail; step_health ) >>"$log" 2>&1 </dev/null; then
        echo "The release from before ($before) runs again." >&2
        remove_release
        settle_upgrade
    else
        echo "The release from before ($before) does not answer either; sites are served as before." >&2
        echo "Look at: journalctl -u hosting-panel -u hosting-panel-agent (without systemd: /var/log/hosting-panel)" >&2
        remove_release
        leave_to_person
    fi
}

# Nothing is lost, and nothing goes back by itself later, over what a person has repaired meanwhile.
leave_to_person() {
    rm -rf "$kept.failed"
    mv "$kept" "$kept.failed"
    echo "Its configuration and database, as they were before the upgrade, are in $kept.failed." >&2
}

# go_back_cut_off: goes back from an upgrade whose installer was killed, or whose server stopped.
go_back_cut_off() {
    local previous release release_id
    previous=$(cat "$kept/previous") release=$(cat "$kept/release") release_id=$(cat "$kept/made")
    end_step
    echo "=== $(date -u) the upgrade to $(basename "$release") was cut off" >>"$log"
    go_back 2>&1 | tee -a "$log" >"$told.new"
    mv "$told.new" "$told"
}

# The step goes on by itself when the installer alone was killed.
end_step() {
    local process
    process=$(cat "$step_file" 2>/dev/null) || return 0
    rm -f "$step_file"
    end_tree "$process"
}

end_tree() {
    local child
    kill -STOP "$1" 2>/dev/null || return 0
    for child in $(pgrep -P "$1"); do end_tree "$child"; done
    kill -KILL "$1" 2>/dev/null || true
}

# A release that was not built to its end is of no use to the next run.
remove_unfinished() {
    if [ -e "$release/.unfinished" ]; then remove_release; fi
}

remove_release() {
    # A downgrade's stays.
    if [ "$(basename "$release")" = "$release_id" ]; then
        rm -rf "$release" "${public:?}/$(basename "$release")"
    fi
}

# Whole again in this order: what starts the panel, what it reads, the panel, and what it makes of that.
return_to_previous() {
    if [ -e "$kept/state.list" ]; then stop_panel; fi
    switch_to "$previous"
    put_back programs
    if has_systemd; then systemctl daemon-reload; fi
    if [ -e "$kept/state.list" ]; then
        put_back state
        put_database_back
        if nginx -t -q; then nginx -s reload || true; fi
    fi
    restart_panel
    start_timers "$previous"
    as_task converge
    if has_systemd; then systemctl restart hosting-panel-guard.service hosting-panel-sockets.service; fi
}

# put_back NAME: what came since goes, and all else is as it was.
put_back() {
    local file
    files_of "$1" | comm -13 "$kept/$1.list" - | while IFS= read -r file; do rm -f "$file"; done
    tar -C / --acls -xpf "$kept/$1.tar"
}

# The old release cannot read tables that the new one changed. What was not changed stays, with all that happened since.
put_database_back() {
    local part new old
    read -r new _ < <(tables_in "$database")
    read -r old _ < <(tables_in "$kept/panel.db")
    if [ "$new" = "$old" ]; then return; fi
    # Written first: on a full disk the new one stays where it is.
    for part in -wal ""; do
        if [ -e "$kept/panel.db$part" ]; then write_as_owner "$database.back$part" "$kept/panel.db$part" || return; fi
    done
    for part in "" -wal -shm; do
        if [ -e "$database$part" ]; then as_owner mv "$database$part" "$database.$(basename "$release")$part"; fi
    done
    for part in -wal ""; do
        if [ -e "$kept/panel.db$part" ]; then as_owner mv "$database.back$part" "$database$part"; fi
    done
}

# write_as_owner FILE FROM
write_as_owner() {
    # shellcheck disable=SC2016
    as_owner sh -c 'umask 077; cat >"$1"' - "$1" <"$2"
}

# tables_in DATABASE: the version of its tables, and of the oldest release's that can read them (0: unknown). Read from
# a copy: SQLite would leave files of root's beside it.
tables_in() {
    local copy=$kept/look part reader=
    rm -rf "$copy"
    mkdir "$copy"
    if [ "$1" = "$database" ]; then reader=as_owner; fi
    for part in "" -wal; do
        if [ -e "$1$part" ]; then $reader cat "$1$part" >"$copy/panel.db$part"; fi
    done
    "$previous/node_modules/.bin/node" --no-warnings -p 'const { DatabaseSync } = require("node:sqlite")
        const db = new DatabaseSync(process.argv[1])
        const read = (name) => db.prepare(`PRAGMA ${name}`).get()[name];
        [read("user_version"), read("application_id")].join(" ")' "$copy/panel.db"
}
