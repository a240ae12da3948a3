# Installs the units of systemd, or the files of runit and cron where there is none. Sourced by install.sh, not run.
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of install.sh and lib.sh

step_units() {
    install -m 0644 "$release/install/logrotate.conf" /etc/logrotate.d/hosting-panel
    install -D -m 0755 "$release/install/hosting-panel" "$command"
    install -D -m 0755 "$release/install/run-app" "$launcher"
    install -D -m 0755 -t "$sockets" "$release"/install/sockets/*
    install -D -m 0755 "$release/install/free-port" "$freer"
    install -D -m 0755 "$release/install/follow-ipv6" "$follower"
    install -D -m 0755 "$release/install/repair-certificates" "$repairer"
    install_mail
    "$release/node_modules/.bin/node" "$release/dist/cli.js" completion bash >/run/hosting-panel/completion
    install -D -m 0644 /run/hosting-panel/completion "$completion"
    rm /run/hosting-panel/completion
    if has_systemd; then units_systemd; else units_sysvinit; fi
}

install_mail() {
    install -D -m 0755 -t "$mail" "$release/install/mail/sendmail" "$release/install/mail/serve"
    install -D -m 0644 -t "$mail/parts" "$release"/install/mail/parts/*.py
    # Programs that call sendmail find it, unless the server has one of its own.
    if [ ! -e /usr/sbin/sendmail ]; then ln -sfn "$mail/sendmail" /usr/sbin/sendmail; fi
}

units_systemd() {
    install -m 0644 "$release/install/tmpfiles.conf" /etc/tmpfiles.d/hosting-panel.conf
    install -m 0644 "$release"/install/systemd/*.service "$release"/install/systemd/*.socket \
        "$release"/install/systemd/*.slice /etc/systemd/system/
    install_timers
    remove_units
    install -d /etc/systemd/system/nginx.service.d
    install -m 0644 "$release/install/systemd/nginx.service.d/hosting-panel.conf" /etc/systemd/system/nginx.service.d/
    install -D -m 0644 -t /etc/systemd/system/sites-.slice.d \
        "$release/install/systemd/sites-.slice.d/hosting-panel.conf"
    local unit
    for unit in mariadb redis-server; do
        install -D -m 0644 -t "/etc/systemd/system/$unit.service.d" \
            "$release/install/systemd/$unit.service.d/"*.conf
    done
    install -D -m 0644 "$release/install/systemd/$tool_limits" "/etc/systemd/system/$tool_limits"
    # Their units need not be there: cron is the distribution's, and PHP has more than one version.
    local unit
    for unit in $kept_running $(php_versions | sed 's/.*/php&-fpm/'); do
        install -D -m 0644 "$release/install/systemd/restart.conf" \
            "/etc/systemd/system/$unit.service.d/hosting-panel.conf"
    done
    systemctl daemon-reload
    local timers
    mapfile -t timers < <(timers_of "$release")
    systemd-tmpfiles --create /etc/tmpfiles.d/hosting-panel.conf
    systemctl enable hosting-panel.service hosting-panel-agent.socket hosting-panel-supervisor.socket \
        hosting-panel-guard.service hosting-panel-sockets.service hosting-panel-mail.socket \
        "${timers[@]}" nginx.service fail2ban.service mariadb.service redis-server.service
    raise_nginx_limit
    local version
    for version in $(php_versions); do
        # Sites have PHP masters of their own; this one is kept only for pools somebody added to it.
        if [ "$(ls "/etc/php/$version/fpm/pool.d")" = www.conf ]; then
            systemctl disable --now "php$version-fpm.service"
        fi
    done
}

# Those of hooks that an earlier release had end.
install_timers() {
    local old
    for old in $(installed_timers); do
        [ -f "$release/dist/timers/$old" ] && continue
        systemctl disable --quiet --now "$old" || true
        rm -f "/etc/systemd/system/$old"
    done
    install -m 0644 "$release"/dist/timers/*.timer /etc/systemd/system/
}

# Those that the other release had, and this one has not.
remove_units() {
    local unit
    for unit in "$previous"/install/systemd/*.{service,socket,slice}; do
        unit=$(basename "$unit")
        if [ ! -e "$release/install/systemd/$unit" ] && [ -e "/etc/systemd/system/$unit" ]; then
            systemctl disable --quiet --now "$unit" || true
            rm -f "/etc/systemd/system/$unit"
        fi
    done
}

# LimitNOFILE takes effect when nginx starts next; this raises a running master's limit now, if the machine allows it.
raise_nginx_limit() {
    local master hard
    master=$(cat /run/nginx.pid 2>/dev/null || true)
    [ -n "$master" ] || return 0
    prlimit --pid "$master" --nofile=65536:65536 && return 0
    hard=$(prlimit --pid "$master" --nofile --output=HARD --noheadings | tr -d ' ')
    prlimit --pid "$master" --nofile="$hard:"
}

units_sysvinit() {
    install -d /etc/hosting-panel/runit/panel /etc/hosting-panel/runit/agent \
        /etc/hosting-panel/runit/supervisor /etc/hosting-panel/runit/sockets
    install -m 0755 "$release/install/sysvinit/run-panel" /etc/hosting-panel/runit/panel/run
    install -m 0755 "$release/install/sysvinit/run-agent" /etc/hosting-panel/runit/agent/run
    install -m 0755 "$release/install/sysvinit/run-supervisor" /etc/hosting-panel/runit/supervisor/run
    install -m 0755 "$release/install/sysvinit/run-sockets" /etc/hosting-panel/runit/sockets/run
    install -m 0755 "$release/install/sysvinit/init" /etc/init.d/hosting-panel
    update-rc.d hosting-panel defaults
    local version
    for version in $(php_versions); do start_sysvinit "php$version-fpm"; done
    raise_nginx_limit
    start_sysvinit mariadb
    start_sysvinit redis-server
    start_sysvinit cron
}

# install_crontab RELEASE: has cron run its hooks, by the path they have in it. Earlier ones brought a file of their
# own.
install_crontab() {
    local file
    for file in "$1/dist/crontab" "$1/install/plain/cron"; do
        [ -e "$file" ] || continue
        install -m 0644 "$file" /etc/cron.d/hosting-panel
        return
    done
}

# start_timers RELEASE: hooks run by themselves from now on.
start_timers() {
    if ! has_systemd; then
        install_crontab "$1"
        return
    fi
    local timers
    mapfile -t timers < <(timers_of "$1")
    systemctl start "${timers[@]}"
}

# Daemons must not hold the installer's output open.
start_sysvinit() { service "$1" status >/dev/null 2>&1 || service "$1" start </dev/null >/dev/null 2>&1; }
