# Removes sites with their users, for uninstall.sh --purge. Sourced, not run.
# shellcheck shell=bash

# Prints user and domain of each site, by what marks the accounts; the panel's database is not asked.
list_sites() { getent passwd | sed -nE 's/^([^:]*):.*:hosting-panel site ([^:]+):.*/\1 \2/p'; }

remove_sites() {
    local sites user domain
    sites=$(list_sites)
    while read -r user domain; do
        if [ -n "$user" ]; then stop_site "$user" "$domain"; fi
    done <<<"$sites"
    # Without systemd PHP of the distribution would start their workers again.
    if ! has_systemd; then reload_pools; fi
    while read -r user domain; do
        if [ -n "$user" ]; then remove_site "$user" "$domain"; fi
    done <<<"$sites"
    if getent passwd hosting-panel-shared >/dev/null; then remove_user hosting-panel-shared; fi
    remove_lost_vhosts
    rm -rf --one-file-system /var/www/.trash /var/log/nginx/.trash /etc/nginx/hosting-panel
    rmdir /etc/php/*/fpm/sites 2>/dev/null || true
}

# A site whose account somebody deleted includes snippets that go now, and nginx would not start.
remove_lost_vhosts() {
    local files file
    mapfile -t files < <(grep -lsF 'include snippets/hosting-panel-' /etc/nginx/sites-{enabled,available}/*.conf)
    for file in "${files[@]}"; do rm -f "$file" "/etc/nginx/sites-enabled/$(basename "$file")"; done
}

stop_site() {
    rm -f "/etc/nginx/sites-enabled/$2.conf" "/etc/nginx/sites-available/$2.conf"
    if has_systemd; then
        systemctl stop "hosting-panel-php@$1."{socket,service} "hosting-panel-php-shared@$1-shared."{socket,service} \
            2>/dev/null || true
    fi
    rm -rf /etc/systemd/system/hosting-panel-php*@"$1"*.service.d
    rm -f /etc/systemd/system/sockets.target.wants/hosting-panel-php*@"$1"*.socket \
        /etc/php/*/fpm/{sites,pool.d}/"$1"{,-shared}.conf
}

remove_site() {
    # A later user of the same number must not inherit the limits.
    if has_quotas && command -v setquota >/dev/null; then
        setquota --user "$1" 0 0 0 0 "$(findmnt --noheadings --output TARGET --target /var/www)" || true
    fi
    remove_user "$1"
    rm -rf --one-file-system "/var/www/${2:?}" "/var/log/nginx/$2".*
}

# Ends a user's processes, which may be started again for a moment, and removes the user.
remove_user() {
    local tries
    for tries in $(seq 100); do
        pkill -KILL -U "$1" || break
        sleep 0.1
    done
    # userdel leaves a group that nginx's user is a member of.
    gpasswd --members '' "$1" >/dev/null 2>&1 || true
    userdel "$1" || echo "The user $1 could not be removed after $tries looks; userdel $1 says why."
}

# Pools that are gone end with a reload.
reload_pools() {
    local php
    for php in /etc/php/*/fpm; do
        php=${php#/etc/php/}
        service "php${php%%/*}-fpm" reload >/dev/null 2>&1 || true
    done
}
