#!/usr/bin/env bash
# Removes the Hosting Panel. Sites go on being served and the panel's data stays, unless --purge.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=install/lib.sh
. "$source_dir/install/lib.sh"
# shellcheck source=install/uninstall-sites.sh
. "$source_dir/install/uninstall-sites.sh"
# shellcheck source=install/uninstall-services.sh
. "$source_dir/install/uninstall-services.sh"

main() {
    local purge=no arg
    for arg in "$@"; do
        case "$arg" in
            --purge) purge=yes ;;
            --yes) ;;
            --help | -h) usage; exit 0 ;;
            *) usage >&2; exit 2 ;;
        esac
    done
    [ "$(id -u)" -eq 0 ] || refuse "Run this as root: sudo $0"
    exec 9>"$lock"
    flock -n 9 || refuse "The installer is running. Wait until it has ended"
    if [ "$purge" = yes ]; then confirm "$@"; fi
    stop_panel
    remove_program
    if [ "$purge" = yes ]; then remove_sites; remove_databases; remove_data; fi
    settle_nginx
    reset_units
    if [ "$purge" = yes ]; then
        rm -rf /run/hosting-panel "$lock"
        echo "The panel, its data and all its sites are gone." \
            "Packages (nginx, PHP, MariaDB and others) and the other rules of the firewall (ufw status) were left."
    else
        echo "The panel is gone. Kept: the sites (static, PHP and proxy sites are still served; apps are stopped;" \
            "certificates are not renewed), $home/data, $home/node, /etc/hosting-panel."
        echo "install.sh brings the panel back with all of it; uninstall.sh --purge removes it too."
    fi
}

usage() {
    cat <<'END'
Usage: uninstall.sh [--purge [--yes] | --help]
Removes the Hosting Panel. Sites go on being served, and the panel's data stays; install.sh brings it back.

  --purge   Remove the sites, their databases and all data too; asks first on a terminal
  --yes     Do not ask
  --help    Show this help
END
}

# Somebody at a terminal is asked; a script says --purge and means it.
confirm() {
    case " $* " in *' --yes '*) return ;; esac
    [ -t 0 ] || return 0
    local answer question="This deletes every site, its files, the databases made here and the panel's data for good."
    read -r -p "$question Write purge to go on: " answer
    [ "$answer" = purge ] || refuse "Nothing was changed"
}

stop_panel() {
    # Nothing goes back to a release any more.
    rm -rf "$kept" "$kept.failed" "$told"
    if has_systemd; then
        local units timers unit
        mapfile -t timers < <(installed_timers)
        units=(hosting-panel.service "$watcher"
            hosting-panel-{supervisor,agent}.socket hosting-panel-{supervisor,agent,sockets}.service)
        for unit in "${timers[@]}" "${units[@]}"; do systemctl disable --quiet "$unit" 2>/dev/null || true; done
        # Timers, the supervisor and nginx start hooks, and a hook the agent's socket. Without this file nothing can.
        rm -f /etc/systemd/system/hosting-panel-hook@.service
        systemctl daemon-reload
        systemctl stop "${timers[@]}" 'hosting-panel-hook@*.service' 2>/dev/null || true
        systemctl stop "${units[@]}" 2>/dev/null || true
    elif [ -x /etc/init.d/hosting-panel ]; then
        service hosting-panel stop || true
    fi
}

# Neither what failed nor what is empty now stays in systemd's memory.
reset_units() {
    has_systemd || return 0
    systemctl daemon-reload
    systemctl reset-failed 'hosting-panel*' 2>/dev/null || true
    systemctl stop 'system-hosting?x2dpanel?x2dhook.slice' 2>/dev/null || true
    [ "$purge" = yes ] || return 0
    systemctl stop sites.slice 'system-hosting?x2dpanel*.slice' 2>/dev/null || true
}

remove_program() {
    rm -f /etc/systemd/system/hosting-panel{,-agent,-supervisor,-sockets,-app@,-go-back}.service \
        /etc/systemd/system/hosting-panel-{agent,supervisor}.socket \
        /etc/systemd/system/hosting-panel-*.timer \
        /var/lib/systemd/timers/stamp-hosting-panel-*
    rm -f "$command" "$completion" "$launcher"
    rm -rf "$sockets" /run/hosting-panel/{banned,agent.sock,supervisor.sock,panel/panel.sock}
    # Lifts the bans of users from the sockets.
    setfacl -b /run/mysqld /run/redis 2>/dev/null || true
    rm -rf /etc/cron.d/hosting-panel "$home/releases" "$home/current"
    remove_runit
    # Sites include the snippets of nginx: these go with the sites.
    rm -f /etc/nginx/sites-{enabled,available}/hosting-panel{,-tool}.conf
    remove_tool
    close_ports
    if has_systemd; then systemctl daemon-reload; fi
}

# runsv writes its state there until it has ended.
remove_runit() {
    for _ in {1..50}; do
        rm -rf /etc/hosting-panel/runit 2>/dev/null && return
        sleep 0.1
    done
    refuse "/etc/hosting-panel/runit is still written to. End runsv (pgrep -a runsv), and run this again"
}

# Adminer's PHP; people's data is in MariaDB.
remove_tool() {
    local unit=hosting-panel-php@hosting-panel-adminer
    if has_systemd; then systemctl stop "$unit.socket" "$unit.service" 2>/dev/null || true; fi
    rm -f "/etc/systemd/system/sockets.target.wants/$unit.socket" "/etc/systemd/system/$tool_limits" \
        /etc/hosting-panel/php/hosting-panel-adminer.env /etc/php/*/fpm/sites/hosting-panel-adminer.conf
    rmdir "/etc/systemd/system/$(dirname "$tool_limits")" 2>/dev/null || true
    rm -f /etc/php/*/fpm/pool.d/hosting-panel-adminer.conf
    if ! has_systemd; then reload_pools; fi
    rm -rf /var/lib/hosting-panel-adminer
}

# Nothing answers on the panel's own ports any more. All other rules stay.
close_ports() {
    command -v ufw >/dev/null || return 0
    local port
    for port in 8080 8081; do
        ufw show added | grep -q "allow $port/tcp comment 'hosting-panel: " || continue
        ufw delete allow "$port/tcp" >/dev/null
    done
}

remove_data() {
    # Packages stay, but for the one that is nothing but a name (install/httpd.sh).
    dpkg --purge hosting-panel-httpd >/dev/null 2>&1 || true
    remove_jails
    remove_mail
    restore_redis
    restore_nginx
    if has_systemd; then systemctl disable --quiet --now hosting-panel-guard.service 2>/dev/null || true; fi
    rm -f /etc/systemd/system/hosting-panel-guard.service
    nft delete table inet hosting_panel_apps 2>/dev/null || true
    nft delete table inet hosting_panel_limits 2>/dev/null || true
    rm -rf /etc/systemd/system/sites.slice /etc/systemd/system/sites-.slice.d
    if [ -e /etc/init.d/hosting-panel ]; then
        rm -f /etc/init.d/hosting-panel
        update-rc.d hosting-panel remove || true
    fi
    rm -f /etc/systemd/system/hosting-panel-php{,-shared}@.{socket,service} /etc/tmpfiles.d/hosting-panel.conf \
        /etc/systemd/system/{nginx,php*-fpm}.service.d/hosting-panel.conf /etc/logrotate.d/hosting-panel \
        /etc/nginx/{conf.d,sites-enabled}/hosting-panel-generation.conf \
        /etc/nginx/conf.d/hosting-panel{,-bans,-proxies}.conf \
        /etc/nginx/modules-enabled/90-hosting-panel.conf \
        /etc/nginx/snippets/hosting-panel-*.conf /etc/nginx/sites-{enabled,available}/000-hosting-panel-default.conf
    local unit
    for unit in $kept_running; do rm -f "/etc/systemd/system/$unit.service.d/hosting-panel.conf"; done
    rm -f "$repairer" "$earlier_repairer" "$freer" "$follower" \
        /etc/systemd/system/{mariadb,redis-server}.service.d/hosting-panel-{port,scripts}.conf
    rm -rf /etc/systemd/system/.hosting-panel-trash
    rmdir /etc/systemd/system/*.service.d 2>/dev/null || true
    rmdir "$(dirname "$repairer")" 2>/dev/null || true
    rm -rf /var/lib/hosting-panel-certbot /var/cache/hosting-panel /etc/nginx/hosting-panel-passwords \
        /var/log/nginx/hosting-panel{,-tool}.{access,error}.log* /var/log/nginx/hosting-panel-guard.log*
    local user
    for user in certbot adminer build; do
        if getent passwd "hosting-panel-$user" >/dev/null; then remove_user "hosting-panel-$user"; fi
    done
    rm -rf "$home" "$public" /var/cache/hosting-panel-{install,node} /etc/hosting-panel /var/lib/hosting-panel \
        /var/log/hosting-panel /var/log/hosting-panel-apps /var/log/hosting-panel-*.log
    if has_systemd; then systemctl daemon-reload; fi
    if getent passwd hosting-panel >/dev/null; then remove_user hosting-panel; fi
}

settle_nginx() {
    command -v nginx >/dev/null || return 0
    nginx -t -q || refuse "nginx refuses its configuration now; repair it by hand (nginx -t says where)." \
        "The running nginx still serves the sites"
    if has_systemd; then systemctl reload-or-restart nginx; else service nginx reload; fi
    # nginx lets its old workers answer a moment longer.
    local tries
    for tries in $(seq 50); do
        if ! listens 8080; then return; fi
        sleep 0.1
    done
    echo "nginx still answers on port 8080 after $tries looks; restart it when that suits you."
}

main "$@"
