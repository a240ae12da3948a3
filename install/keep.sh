# Keeps what an upgrade needs to go back. Sourced by install.sh and cut-off.sh, not run.
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of install.sh and lib.sh

database=$home/data/panel.db

# is_upgrade: whether there is a release to go back to.
is_upgrade() { [ -n "$previous" ] && [ -d "$previous" ]; }

# files_of NAME: lists what a release puts outside its own directory, or what its agent and people change.
files_of() {
    case "$1" in
        programs)
            find /etc/systemd/system \( -name '*hosting-panel*' -o -name 'sites.slice' \) ! -type d 2>/dev/null || true
            find /usr/lib/hosting-panel /etc/hosting-panel/runit /etc/cron.d/hosting-panel /etc/init.d/hosting-panel \
                /etc/logrotate.d/hosting-panel /etc/tmpfiles.d/hosting-panel.conf "$command" "$completion" \
                ! -type d ! -path '*/supervise/*' 2>/dev/null || true
            ;;
        state)
            find /etc/nginx /etc/fail2ban /etc/hosting-panel /etc/php/*/fpm/{sites,pool.d} /etc/redis/redis.conf \
                /etc/mysql/mariadb.conf.d ! -type d ! -path '/etc/hosting-panel/runit/*' 2>/dev/null || true
            ;;
    esac | sort
}

# keep NAME: whole or not at all, as its list comes last. A file that changes meanwhile (1) is no failure.
keep() {
    files_of "$1" >"$kept/$1.new"
    tar -C / --acls --verbatim-files-from -T "$kept/$1.new" -cf "$kept/$1.tar" || [ $? -eq 1 ]
    mv "$kept/$1.new" "$kept/$1.list"
}

step_keep() {
    is_upgrade || return 0
    rm -rf "$kept"
    install -d -m 0700 "$kept"
    cp -R "$source_dir/install" "$kept/install"
    echo "$release_id" >"$kept/made"
    keep programs
    echo "$previous" >"$kept/previous"
    watch_over
    echo "$release" >"$kept/release.new"
    mv "$kept/release.new" "$kept/release"
}

# Goes back when the installer is killed, or the server with it: it waits for the lock that the installer holds.
watch_over() {
    local program=$kept/install/cut-off.sh
    if has_systemd; then
        install -m 0644 "$kept/install/systemd/$watcher" "/etc/systemd/system/$watcher"
        systemctl daemon-reload
        systemctl enable --quiet "$watcher"
        systemctl restart --no-block "$watcher"
    else
        setsid bash "$program" >>"$log" 2>&1 9>&- </dev/null &
    fi
}

# Nobody may change anything meanwhile: the panel has stopped. Hooks start it no more until step_start ends.
keep_state() {
    [ -e "$kept/release" ] || return 0
    stop_panel
    local part
    for part in "" -wal; do
        if [ -e "$database$part" ]; then as_owner cat "$database$part" >"$kept/panel.db$part"; fi
    done
    keep state
}

# as_owner COMMAND: as the panel's user, in whose directory root follows no link.
as_owner() { setpriv --reuid=hosting-panel --regid=hosting-panel --init-groups -- "$@"; }

stop_panel() {
    if has_systemd; then
        local timers
        mapfile -t timers < <(installed_timers)
        systemctl stop "${timers[@]}" 'hosting-panel-hook@*.service' hosting-panel.service \
            hosting-panel-agent.socket hosting-panel-agent.service
        # A hook that was ended is no fault.
        systemctl reset-failed 'hosting-panel-hook@*.service' 2>/dev/null || true
    else
        rm -f /etc/cron.d/hosting-panel
        service hosting-panel stop </dev/null >/dev/null 2>&1
    fi
}

# The new release runs: nothing goes back any more. The watcher ends with the lock.
settle_upgrade() {
    rm -f "$kept/release"
    rm -rf "$kept"
}
