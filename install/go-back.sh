# Goes back to the release from before when the new one does not start. Sourced by install.sh, not run.
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of install.sh and lib.sh

database=$home/data/panel.db

# go_back STEP: nginx then asks where the old release listens. Says that it runs only once it answers.
go_back() {
    case "$1" in start | token | converge | health) ;; *) return 0 ;; esac
    if [ -z "$previous" ] || [ ! -d "$previous" ]; then return 0; fi
    local before copy
    before=$(basename "$previous")
    copy=$(copy_of_upgrade)
    ( return_to_previous "$copy" ) >>"$log" 2>&1 </dev/null || true
    if [ -n "$copy" ]; then
        echo "Its database is as it was before the upgrade; that of the new release is $database.$release_id." >&2
    fi
    if ( set -euo pipefail; step_health ) >>"$log" 2>&1 </dev/null; then
        echo "The release from before ($before) runs again." >&2
        return
    fi
    echo "The release from before ($before) does not answer either; sites are served as before." >&2
    echo "Look at: journalctl -u hosting-panel -u hosting-panel-agent (without systemd: /var/log/hosting-panel)" >&2
}

# Hooks that begin after the switch are the old release's, which leaves a newer database alone.
return_to_previous() {
    switch_to "$previous"
    has_systemd || install_crontab "$previous"
    if [ -n "$1" ]; then
        stop_panel
        put_database_back "$1"
    fi
    restart_panel
    as_task converge
}

stop_panel() {
    if has_systemd; then
        systemctl stop hosting-panel.service 'hosting-panel-hook@*.service'
    else
        service hosting-panel stop </dev/null >/dev/null 2>&1
    fi
}

# The copy that the new release made before it changed the database's tables, which the old one could not read any
# more; nothing when it changed none. The first is the one that the old release wrote.
copy_of_upgrade() {
    local began copy made now
    began=$(tr -dc '0-9' <<<"${release_id%%-*}")
    now=$(date -u +%Y%m%d%H%M%S)
    for copy in "$database".before-*-v*; do
        made=${copy#"$database".before-}
        # One that is still to come was made by a clock that was ahead, long ago.
        [[ ${made:0:14} > $now ]] && continue
        if [ -f "$copy" ] && [[ ${made:0:14} > $began || ${made:0:14} = "$began" ]]; then
            echo "$copy"
            return
        fi
    done
}

# The write-ahead log belongs to the database that is moved away.
put_database_back() {
    local part
    cp -p "$1" "$database.$release_id.old"
    for part in "" -wal -shm; do
        if [ -e "$database$part" ]; then mv "$database$part" "$database.$release_id$part"; fi
    done
    mv "$database.$release_id.old" "$database"
}
