#!/usr/bin/env bash
# Removes the Hosting Panel. Sites go on being served and the panel's data stays, unless --purge.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=install/lib.sh
. "$source_dir/install/lib.sh"

main() {
    local purge=no arg
    for arg in "$@"; do
        case "$arg" in
            --purge) purge=yes ;;
            --yes) ;;
            *) echo "Usage: uninstall.sh [--purge [--yes]]" >&2; exit 2 ;;
        esac
    done
    [ "$(id -u)" -eq 0 ] || refuse "Run this as root: sudo $0"
    if [ "$purge" = yes ]; then confirm "$@"; fi
    stop_panel
    remove_program
    if [ "$purge" = yes ]; then remove_sites; remove_databases; remove_data; fi
    settle_nginx
    if [ "$purge" = yes ]; then
        echo "The panel, its data and all its sites are gone. Packages (nginx, PHP, npm) were left."
    else
        echo "The panel is gone. Kept: the sites (static, PHP and proxy sites are still served; apps are stopped; certificates are not renewed), $home/data, $home/node, /etc/hosting-panel."
        echo "install.sh brings the panel back with all of it; uninstall.sh --purge removes it too."
    fi
}

# Somebody at a terminal is asked; a script says --purge and means it.
confirm() {
    case " $* " in *' --yes '*) return ;; esac
    [ -t 0 ] || return 0
    local answer
    read -r -p "This deletes every site, its files, the databases made here and the panel's data for good. Write purge to go on: " answer
    [ "$answer" = purge ] || refuse "Nothing was changed"
}

stop_panel() {
    if has_systemd; then
        systemctl disable --now hosting-panel.service hosting-panel-agent.socket hosting-panel-agent.service \
            hosting-panel-supervisor.socket hosting-panel-supervisor.service \
            hosting-panel-guard.service hosting-panel-sockets.service \
            hosting-panel-reap-idle.timer hosting-panel-sweep.timer hosting-panel-renew-certificates.timer 2>/dev/null || true
        systemctl stop 'hosting-panel-hook@*.service' 2>/dev/null || true
    elif [ -x /etc/init.d/hosting-panel ]; then
        service hosting-panel stop || true
    fi
}

remove_program() {
    rm -f /etc/systemd/system/hosting-panel{,-agent,-supervisor,-guard,-sockets,-hook@,-app@}.service \
        /etc/systemd/system/hosting-panel-{agent,supervisor}.socket \
        /etc/systemd/system/hosting-panel-{reap-idle,sweep,renew-certificates}.timer
    if [ -e /etc/init.d/hosting-panel ]; then
        rm -f /etc/init.d/hosting-panel
        update-rc.d hosting-panel remove || true
    fi
    rm -f "$command" "$completion" "$launcher"
    rm -rf "$sockets" /run/hosting-panel/banned
    # Lifts the bans of users from the sockets.
    setfacl -b /run/mysqld /run/redis 2>/dev/null || true
    rm -rf /etc/cron.d/hosting-panel /etc/hosting-panel/runit "$home/releases" "$home/current"
    rm -f /etc/nginx/sites-{enabled,available}/hosting-panel{,-tool}.conf /etc/nginx/snippets/hosting-panel-{secret,headers,tool}.conf
    remove_tool
    if has_systemd; then systemctl daemon-reload; fi
}

# Adminer's PHP; people's data is in MariaDB.
remove_tool() {
    local unit=hosting-panel-php@hosting-panel-adminer pool
    if has_systemd; then systemctl stop "$unit.socket" "$unit.service" 2>/dev/null || true; fi
    rm -f "/etc/systemd/system/sockets.target.wants/$unit.socket" "/etc/systemd/system/$tool_limits" \
        /etc/hosting-panel/php/hosting-panel-adminer.env /etc/php/*/fpm/sites/hosting-panel-adminer.conf
    rmdir "/etc/systemd/system/$(dirname "$tool_limits")" 2>/dev/null || true
    for pool in /etc/php/*/fpm/pool.d/hosting-panel-adminer.conf; do
        [ -e "$pool" ] || continue
        rm -f "$pool"
        pool=${pool#/etc/php/}
        service "php${pool%%/*}-fpm" reload >/dev/null 2>&1 || true
    done
    rm -rf /var/lib/hosting-panel-adminer
}

# Until here they protect SSH and the sites. Debian's own settings may not load (its jail sshd wants a log that
# a server with a journal alone lacks); then what runs goes on, without the panel's jail.
remove_jails() {
    rm -f /etc/fail2ban/{jail,filter,action}.d/hosting-panel.conf \
        /etc/fail2ban/filter.d/hosting-panel-{nginx,sshd,pure-ftpd}.conf
    fail2ban-client ping >/dev/null 2>&1 || return 0
    fail2ban-client reload >/dev/null 2>&1 && return 0
    fail2ban-client stop hosting-panel >/dev/null 2>&1 || true
    echo "Fail2ban does not load its own settings (fail2ban-client -t says why); it goes on with those it has until it is restarted."
}

# Sites are found by what marks their accounts; the panel's database is not asked.
remove_sites() {
    local user comment domain
    while IFS=: read -r user _ _ _ comment _; do
        case "$comment" in 'hosting-panel site '*) ;; *) continue ;; esac
        domain=${comment#hosting-panel site }
        rm -f "/etc/nginx/sites-enabled/$domain.conf" "/etc/nginx/sites-available/$domain.conf"
        if has_systemd; then
            systemctl stop "hosting-panel-php@$user.socket" "hosting-panel-php@$user.service" \
                "hosting-panel-php-shared@$user-shared.socket" "hosting-panel-php-shared@$user-shared.service" 2>/dev/null || true
            systemctl reset-failed "hosting-panel-php@$user.*" "hosting-panel-php-shared@$user-shared.*" \
                2>/dev/null || true
        fi
        rm -rf /etc/systemd/system/hosting-panel-php*@"$user"*.service.d
        rm -f /etc/systemd/system/sockets.target.wants/hosting-panel-php*@"$user"*.socket \
            /etc/php/*/fpm/{sites,pool.d}/"$user"{,-shared}.conf
        pkill -KILL -U "$user" || true
        rm -rf --one-file-system "/var/www/${domain:?}" "/var/log/nginx/$domain".*
        userdel "$user" || true
    done <<<"$(getent passwd)"
    if getent passwd hosting-panel-shared >/dev/null; then
        pkill -KILL -U hosting-panel-shared || true
        userdel hosting-panel-shared
    fi
    rm -rf --one-file-system /var/www/.trash /var/log/nginx/.trash /etc/nginx/hosting-panel
    rmdir /etc/php/*/fpm/sites 2>/dev/null || true
}

# It goes on with the settings from before the panel; what it had was a cache.
restore_redis() {
    local kept=/etc/hosting-panel/redis.conf.before
    grep -qs '^# Written by the hosting panel' /etc/redis/redis.conf || return 0
    if [ -s "$kept" ]; then
        install -m 0640 -o redis -g redis "$kept" /etc/redis/redis.conf
    else
        sed -i '/^aclfile /d' /etc/redis/redis.conf
    fi
    if has_systemd; then systemctl restart redis-server; else service redis-server restart </dev/null >/dev/null 2>&1; fi ||
        echo "Redis does not start with its settings from before (/etc/redis/redis.conf); its log says why."
}

# Databases are found by the accounts that mark them; others are somebody else's. Their names need no quoting.
remove_databases() {
    local name user
    for name in $(mariadb -N -r -e "SELECT DISTINCT REPLACE(Db, '\\\\', '') FROM mysql.db WHERE User LIKE 'hosting-panel-db-%'" 2>/dev/null); do
        for user in $(mariadb -N -r -e "SELECT User FROM mysql.db WHERE REPLACE(Db, '\\\\', '') = '$name'"); do
            mariadb -e "DROP USER '$user'@'localhost'" || true
        done
        mariadb -e "DROP DATABASE IF EXISTS \`$name\`" || true
    done
    mariadb -e "DROP USER IF EXISTS 'hosting-panel-dump'@'localhost'" 2>/dev/null || true
    rm -f /etc/mysql/mariadb.conf.d/90-hosting-panel.cnf
    rm -rf /var/lib/hosting-panel-dumps
    for user in hosting-panel-dump hosting-panel-import; do
        if getent passwd "$user" >/dev/null; then userdel "$user"; fi
    done
}

remove_data() {
    remove_jails
    restore_redis
    nft delete table inet hosting_panel_apps 2>/dev/null || true
    rm -rf /etc/systemd/system/sites.slice /etc/systemd/system/sites-.slice.d
    nft delete table inet hosting_panel_limits 2>/dev/null || true
    rm -f /etc/systemd/system/hosting-panel-php{,-shared}@.{socket,service} /etc/tmpfiles.d/hosting-panel.conf \
        /etc/systemd/system/{nginx,php*-fpm}.service.d/hosting-panel.conf /etc/logrotate.d/hosting-panel \
        /etc/nginx/conf.d/hosting-panel{,-generation}.conf /etc/nginx/modules-enabled/90-hosting-panel.conf \
        /etc/nginx/snippets/hosting-panel-*.conf /etc/nginx/sites-{enabled,available}/000-hosting-panel-default.conf
    local unit
    for unit in $kept_running; do rm -f "/etc/systemd/system/$unit.service.d/hosting-panel.conf"; done
    rm -f "$mender" "$freer" /etc/systemd/system/{mariadb,redis-server}.service.d/hosting-panel-port.conf
    rmdir /etc/systemd/system/*.service.d 2>/dev/null || true
    rmdir "$(dirname "$mender")" 2>/dev/null || true
    rm -rf /var/lib/hosting-panel-certbot /var/cache/hosting-panel \
        /var/log/nginx/hosting-panel-tool.access.log* /var/log/nginx/hosting-panel-guard.log*
    if getent passwd hosting-panel-certbot >/dev/null; then userdel hosting-panel-certbot; fi
    if getent passwd hosting-panel-adminer >/dev/null; then userdel hosting-panel-adminer; fi
    if getent passwd hosting-panel-build >/dev/null; then userdel hosting-panel-build; fi
    rm -rf "$home" "$public" /var/cache/hosting-panel-node /etc/hosting-panel /var/lib/hosting-panel /var/log/hosting-panel /var/log/hosting-panel-apps /var/log/hosting-panel-*.log
    if has_systemd; then systemctl daemon-reload; fi
    if getent passwd hosting-panel >/dev/null; then userdel hosting-panel; fi
}

settle_nginx() {
    command -v nginx >/dev/null || return 0
    nginx -t -q || refuse "nginx refuses its configuration now; mend it by hand (nginx -t says where). The running nginx still serves the sites"
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
