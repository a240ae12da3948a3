# Takes the panel out of the services beside it, for uninstall.sh --purge. Sourced, not run.
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of lib.sh

# Until here they protect SSH and the sites. Debian's own settings may not load (its jail sshd wants a log that
# a server with a journal alone lacks); then what runs goes on, without the panel's jail.
remove_jails() {
    rm -f /etc/fail2ban/{jail,filter,action}.d/hosting-panel.conf \
        /etc/fail2ban/filter.d/hosting-panel-{nginx,sshd,pure-ftpd}.conf
    rm -rf /run/hosting-panel-bans
    fail2ban-client ping >/dev/null 2>&1 || return 0
    fail2ban-client reload >/dev/null 2>&1 && return 0
    fail2ban-client stop hosting-panel >/dev/null 2>&1 || true
    echo "Fail2ban does not load its own settings (fail2ban-client -t says why);" \
        "it goes on with those it has until it is restarted."
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
    if has_systemd; then
        systemctl restart redis-server
    else
        service redis-server restart </dev/null >/dev/null 2>&1
    fi || echo "Redis does not start with its settings from before (/etc/redis/redis.conf); its log says why."
}

# Other lines of nginx.conf are its administrator's.
restore_nginx() {
    local kept=/etc/hosting-panel/nginx-connections.before
    [ ! -s "$kept" ] || sed -i -E \
        "s/^(([ \t]*events[ \t]*\{)?[ \t]*worker_connections[ \t]+)[0-9]+/\1$(cat "$kept")/" /etc/nginx/nginx.conf
    chmod 0755 /etc/nginx/sites-{available,enabled} /var/log/nginx /var/www 2>/dev/null || true
}

# Databases are found by the accounts that mark them; others are somebody else's. Their names need no quoting.
remove_databases() {
    local name user ours
    ours="SELECT DISTINCT REPLACE(Db, '\\\\', '') FROM mysql.db WHERE User LIKE 'hosting-panel-db-%'"
    for name in $(mariadb -N -r -e "$ours" 2>/dev/null); do
        for user in $(mariadb -N -r -e "SELECT User FROM mysql.db WHERE REPLACE(Db, '\\\\', '') = '$name'"); do
            mariadb -e "DROP USER '$user'@'localhost'" || true
        done
        mariadb -e "DROP DATABASE IF EXISTS \`$name\`" || true
    done
    mariadb -e "DROP USER IF EXISTS 'hosting-panel-dump'@'localhost'" 2>/dev/null || true
    rm -f /etc/mysql/mariadb.conf.d/90-hosting-panel.cnf
    rm -rf /var/lib/hosting-panel-dumps
    for user in hosting-panel-dump hosting-panel-import; do
        if getent passwd "$user" >/dev/null; then remove_user "$user"; fi
    done
}

# Sites that stay go on sending mail; without them it goes.
remove_mail() {
    if has_systemd; then systemctl disable --quiet --now hosting-panel-mail.{socket,service} 2>/dev/null || true; fi
    rm -f /etc/systemd/system/hosting-panel-mail.{socket,service} /run/hosting-panel/mail.sock
    if [ "$(readlink /usr/sbin/sendmail)" = "$mail/sendmail" ]; then rm /usr/sbin/sendmail; fi
    rm -rf "$mail" /var/lib/hosting-panel-mail
    if getent passwd hosting-panel-mail >/dev/null; then remove_user hosting-panel-mail; fi
}
