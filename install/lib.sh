# What install.sh and uninstall.sh share. Sourced, not run.
# shellcheck shell=bash

home=/opt/hosting-panel
# What nginx serves itself lies outside $home, which nginx may not enter.
public=/usr/share/hosting-panel
# The panel answers here; nginx alone may enter the directory besides it.
# shellcheck disable=SC2034 # steps.sh and uninstall.sh use them
socket=/run/hosting-panel/panel/panel.sock
# shellcheck disable=SC2034
command=/usr/local/bin/hosting-panel
# shellcheck disable=SC2034
completion=/usr/share/bash-completion/completions/hosting-panel
# What starts a site's programs: outside $home, as the site's user reads it.
# shellcheck disable=SC2034
launcher=/usr/lib/hosting-panel/run-app
# Directory of the watch that keeps one site from taking all connections of MariaDB and Redis.
# shellcheck disable=SC2034
sockets=/usr/lib/hosting-panel/sockets
# Programs that sites' mail leaves by.
# shellcheck disable=SC2034
mail=/usr/lib/hosting-panel/mail
# Program that services run before they start.
# shellcheck disable=SC2034
freer=/usr/lib/hosting-panel/free-port
follower=/usr/lib/hosting-panel/follow-ipv6
# What nginx runs before it starts.
# shellcheck disable=SC2034
repairer=/usr/lib/hosting-panel/repair-certificates
# Its name in earlier releases, which run it until this one does.
# shellcheck disable=SC2034
earlier_repairer=/usr/lib/hosting-panel/mend-certificates
# What Adminer's PHP may less than a site's.
# shellcheck disable=SC2034
tool_limits=hosting-panel-php@hosting-panel-adminer.service.d/hosting-panel.conf

# Held by install.sh and uninstall.sh while they run.
# shellcheck disable=SC2034
lock=/run/hosting-panel-install.lock

# Root's alone, and there while a release takes the place of another. Holds
#   release, previous    the two releases; with both an upgrade is under way
#   made                 the release that goes with it, in an upgrade
#   NAME.list, NAME.tar  the files of NAME as they were: `programs`, then `state`
#   panel.db             the database as it was
# shellcheck disable=SC2034
kept=/var/lib/hosting-panel/upgrade
# shellcheck disable=SC2034
watcher=hosting-panel-go-back.service
# Says how an upgrade that was cut off ended, until the next run has told it.
# shellcheck disable=SC2034
told=/var/lib/hosting-panel/upgrade-cut-off
# The process of the step under way; gone with the boot.
# shellcheck disable=SC2034
step_file=/run/hosting-panel-install.step

# Services that are always started again. So are PHP's masters, and nginx, which has its own settings.
# shellcheck disable=SC2034
kept_running="mariadb redis-server fail2ban cron"

refuse() {
    echo "$*." >&2
    exit 1
}

has_systemd() { [ -d /run/systemd/system ]; }

# has_quotas: whether the sites' file system is mounted with quotas by user.
has_quotas() {
    local place=/var/www
    [ -d "$place" ] || place=/var
    findmnt --noheadings --output OPTIONS --target "$place" | grep -qE '(^|,)(usrquota|uquota|quota)(,|$)'
}

check_machine() {
    [ "$(id -u)" -eq 0 ] || refuse "Run this as root: sudo $0"
    # shellcheck source=/dev/null
    . /etc/os-release
    case "${ID:-}:${VERSION_ID:-}" in
        debian:12 | ubuntu:22.04 | ubuntu:24.04) ;;
        *) refuse "The panel runs on Debian 12 and Ubuntu 22.04 or 24.04; this is ${PRETTY_NAME:-unknown}" ;;
    esac
    case "$(uname -m)" in
        x86_64 | aarch64) ;;
        *) refuse "The panel runs on x86-64 and arm64; this is $(uname -m)" ;;
    esac
}

# Whether anything listens on a TCP port; /proc needs no program that a bare machine may lack.
listens() {
    local hex
    hex=$(printf '%04X' "$1")
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v port=":$hex" '$2 ~ port "$" && $4 == "0A" { found = 1 } END { exit !found }'
}

# Runs a script of the installed release as the panel's user.
as_panel() {
    ( umask 077; cd "$home" && exec setpriv --reuid=hosting-panel --regid=hosting-panel --init-groups \
        env -i PATH=/usr/bin:/bin HOME="$home/data" "$home/current/node_modules/.bin/node" "$@" )
}

# timers_of RELEASE: the timers of its hooks, by name. installed_timers: those that systemd has.
timers_of() { ( cd "$1/dist/timers" && printf '%s\n' *.timer ); }
installed_timers() {
    find /etc/systemd/system -maxdepth 1 -name 'hosting-panel-*.timer' -printf '%f\n' 2>/dev/null | sort
}

# as_task NAME: runs a task of the running release; those before this one had them beside the hooks.
as_task() {
    local name=$1 folder=tasks
    [ -d "$home/current/dist/tasks" ] || folder=hooks
    as_panel "$home/current/dist/$folder/$name.js"
}

# The link is replaced in one step: there is no moment without a release.
switch_to() {
    ln -sfn "$1" "$home/.current" && mv -T "$home/.current" "$home/current"
    ln -sfn "$public/$(basename "$1")" "$public/.current" && mv -T "$public/.current" "$public/current"
}

restart_panel() {
    if has_systemd; then
        # Apps that ran are started again by the panel.
        systemctl stop hosting-panel-agent.service hosting-panel-supervisor.service
        # Restarted: a socket that outlived its file (an older uninstall.sh left such) would hear nobody.
        systemctl restart hosting-panel-agent.socket hosting-panel-supervisor.socket
        systemctl restart hosting-panel.service
    else
        service hosting-panel restart </dev/null >/dev/null 2>&1
    fi
}

# This server's addresses that others reach, IPv6 in brackets: the public ones, or all if it has none.
addresses() {
    local all
    all=$({ hostname -I 2>/dev/null || echo 127.0.0.1; } | tr ' ' '\n' | sed '/^$/d')
    { grep -vE "$private_addresses" <<<"$all" || echo "$all"; } | sed '/:/s/.*/[&]/'
}

# Of private networks, of carriers' (RFC 6598), of this link alone, and of this machine alone.
private_addresses='^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.'
private_addresses+='|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|f[cd]|fe[89ab]|::1$)'

has_public_address() { addresses | tr -d '[]' | grep -qvE "$private_addresses"; }

php_versions() {
    local binary
    for binary in /usr/sbin/php-fpm[0-9]*; do
        [ -x "$binary" ] && echo "${binary#/usr/sbin/php-fpm}"
    done
}

# Puts the Node of node_modules/node-linux-* first for every script: older npm links no program that two
# optional packages (one an architecture) both have.
link_runtime() {
    local runtime
    for runtime in node_modules/node-linux-*/bin/node; do
        if [ -x "$runtime" ]; then ln -sfn "../${runtime#node_modules/}" node_modules/.bin/node; fi
    done
}
