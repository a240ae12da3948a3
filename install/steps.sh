# The steps of install.sh, in order. Each may be run again, and is quick when there is nothing to do.
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of install.sh and lib.sh

wanted_packages() {
    printf '%s\n' nginx openssl curl ca-certificates dbus iproute2 procps util-linux logrotate libatomic1 acl python3 \
        certbot ufw fail2ban nftables python3-systemd python3-pyinotify python3-venv \
        mariadb-server mariadb-client redis-server zstd adminer \
        php-fpm php-cli php-redis php-mysql php-sqlite3 php-curl php-gd php-mbstring php-xml php-zip php-intl \
        php-bcmath
    has_systemd || printf '%s\n' cron runit
    ! has_quotas || echo quota
}

step_packages() {
    local version
    provide_httpd
    wanted_packages | install_missing
    for version in $(php_versions); do echo "php$version-opcache"; done | install_missing
}

# missing_of: of the packages that it reads, those that are not installed.
missing_of() {
    local name
    while IFS= read -r name; do
        dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || echo "$name"
    done
}

install_missing() {
    local missing
    mapfile -t missing < <(missing_of)
    [ "${#missing[@]}" -gt 0 ] || return 0
    progress "Fetching the lists of packages"
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 \
        -o APT::Status-Fd=8 "${missing[@]}" 8>>"$progress_file" </dev/null
}

step_user() {
    getent group hosting-panel >/dev/null || groupadd --system hosting-panel
    getent passwd hosting-panel >/dev/null || useradd --system --gid hosting-panel --no-create-home \
        --home-dir "$home" --shell /usr/sbin/nologin --comment 'Hosting Panel' hosting-panel
    # certbot speaks to the world with Python: it runs as nobody in particular, and sees no site's key.
    getent passwd hosting-panel-certbot >/dev/null || useradd --system --user-group --no-create-home \
        --home-dir /var/lib/hosting-panel-certbot --shell /usr/sbin/nologin \
        --comment 'certbot of the Hosting Panel' hosting-panel-certbot
    # Shared sites run as their own user, never as nginx's: www-data may connect to every site's PHP.
    getent passwd hosting-panel-shared >/dev/null || useradd --system --user-group --no-create-home \
        --home-dir /nonexistent --shell /usr/sbin/nologin --comment 'shared sites of the Hosting Panel' \
        hosting-panel-shared
    # A user of its own builds releases: the running panel must not reach files that root will run.
    getent passwd hosting-panel-build >/dev/null || useradd --system --user-group --no-create-home \
        --home-dir /nonexistent --shell /usr/sbin/nologin --comment 'builds the Hosting Panel' hosting-panel-build
    # Mail leaves as a user of its own, the only one that reads the passwords of mail servers.
    getent passwd hosting-panel-mail >/dev/null || useradd --system --user-group --no-create-home \
        --home-dir /nonexistent --shell /usr/sbin/nologin --comment 'mail of the Hosting Panel' hosting-panel-mail
    # Dumps are read, dumps are imported, and people work in Adminer, as three users: none reaches what another may.
    local name
    for name in dump import adminer; do
        getent passwd "hosting-panel-$name" >/dev/null || useradd --system --user-group --no-create-home \
            --home-dir /nonexistent --shell /usr/sbin/nologin \
            --comment "databases of the Hosting Panel" "hosting-panel-$name"
    done
}

step_directories() {
    # Sites run the Node below it, so everybody may pass; nobody but the panel may look around.
    install -d -m 0751 -o root -g hosting-panel "$home"
    install -d -m 0751 -o root -g hosting-panel "$home/releases"
    install -d -m 0755 "$home/node"
    install -d -m 0700 -o hosting-panel -g hosting-panel "$home/data"
    install -d -m 0755 /etc/hosting-panel "$public"
    # Sites' users may enter but not list it, so they do not see other sites' names.
    install -d -m 0711 /var/www
    install -d -m 0700 /etc/hosting-panel/tls /etc/hosting-panel/php /var/lib/hosting-panel
    install -d -m 0750 -o root -g hosting-panel /var/lib/hosting-panel-dumps
    install -d -m 0750 -o hosting-panel -g adm /var/log/hosting-panel
    install -d -m 0750 -o root -g hosting-panel /var/log/hosting-panel-apps
    install -d -m 0750 -o root -g hosting-panel-mail /etc/hosting-panel/mail
    install -d -m 0750 -o root -g hosting-panel-mail /var/lib/hosting-panel-mail
    install -d -m 0700 -o hosting-panel-mail -g hosting-panel-mail /var/lib/hosting-panel-mail/sites
    install -d -m 0755 /run/hosting-panel
    install -d -m 0711 /run/hosting-panel/php
    install -d -m 2750 -o hosting-panel -g www-data /run/hosting-panel/panel
    install -d -m 0755 -o hosting-panel-certbot -g hosting-panel-certbot /run/hosting-panel/acme
    install -d -m 0711 /run/hosting-panel/certbot
    install -d -m 0700 -o hosting-panel-certbot -g hosting-panel-certbot /var/lib/hosting-panel-certbot
    keep_redis_settings
    keep_nginx_connections
}

# The panel raises the number; uninstall.sh --purge puts this one back.
keep_nginx_connections() {
    local kept=/etc/hosting-panel/nginx-connections.before
    # An earlier release left it readable to all.
    if [ -e "$kept" ]; then chmod 0600 "$kept"; fi
    if [ -e "$kept" ] || [ -e /etc/nginx/conf.d/hosting-panel.conf ]; then return; fi
    ( umask 077; sed -nE 's/^([ \t]*events[ \t]*\{)?[ \t]*worker_connections[ \t]+([0-9]+).*/\2/p' \
        /etc/nginx/nginx.conf | head -n 1 >"$kept.new" )
    mv "$kept.new" "$kept"
}

# The panel writes the whole file; uninstall.sh --purge puts this one back.
keep_redis_settings() {
    local kept=/etc/hosting-panel/redis.conf.before
    if [ -e "$kept" ] || grep -qs '^# Written by the hosting panel' /etc/redis/redis.conf; then return; fi
    ( umask 077; cat /etc/redis/redis.conf >"$kept.new" )
    mv "$kept.new" "$kept"
}

# new_secret FILE GROUP MODE: 32 random bytes in hex, unless there are some.
new_secret() {
    [ ! -s "$1" ] || return 0
    ( umask 077; openssl rand -hex 32 >"$1.new" )
    chown "root:$2" "$1.new"
    chmod "$3" "$1.new"
    mv "$1.new" "$1"
}

step_secrets() {
    new_secret /etc/hosting-panel/proxy-secret hosting-panel 0640
    new_secret /etc/hosting-panel/database-secret root 0600
    bash "$source_dir/install/repair-certificates"
}

step_start() {
    keep_state
    switch_to "$release"
    point_nginx_at_socket
    restart_panel
    if has_systemd; then
        systemctl restart hosting-panel-sockets.service
        systemctl start hosting-panel-mail.socket
        # Sends what it has under way first; the rest waits at the socket.
        systemctl stop --no-block hosting-panel-mail.service
    fi
    start_timers "$release"
    local tries
    for tries in $(seq 100); do
        if [ -S /run/hosting-panel/agent.sock ] \
            && curl -s -o /dev/null --unix-socket "$socket" http://localhost/api/setup; then return 0; fi
        sleep 0.2
    done
    echo "The panel did not answer on its own socket within 20 seconds ($tries tries)."
    return 1
}

# Moves nginx to the panel's socket: earlier releases used a port, which any program could take.
# step_converge writes nginx's files anew.
point_nginx_at_socket() {
    local files
    mapfile -t files < <(grep -rlsF 'http://127.0.0.1:8788' /etc/nginx/snippets /etc/nginx/sites-available)
    [ "${#files[@]}" -gt 0 ] || return 0
    sed -i -e "s#http://127\.0\.0\.1:8788;#http://unix:$socket;#" \
        -e "s#http://127\.0\.0\.1:8788#http://unix:$socket:#" "${files[@]}"
    if nginx -t -q; then nginx -s reload || true; fi
}

# Root's own token for the command line. The one before is kept while it works, so it is handed to who looks.
step_token() {
    local file=/etc/hosting-panel/local-token
    ( umask 077; touch "$file"; as_task local-token <"$file" >"$file.new" )
    [ -s "$file.new" ] || return 1
    chown root:root "$file.new"
    chmod 0600 "$file.new"
    mv "$file.new" "$file"
}

step_converge() {
    as_task converge
    # From now on it follows the restarts of nftables, which empty the kernel of all rules.
    if has_systemd; then systemctl restart hosting-panel-guard.service; fi
}

step_firewall() { as_task begin-firewall; }

step_health() {
    local answer name
    answer=$(curl -fsk --retry 5 --retry-all-errors --retry-delay 1 https://127.0.0.1:8080/api/health)
    echo "$answer"
    case "$answer" in *'"agent":"ok"'*) ;; *) return 1 ;; esac
    # Checks only these services: other faults raise alerts, and must not stop an upgrade.
    for name in nginx mariadb redis-server; do
        case "$answer" in
            *"\"name\":\"$name\",\"state\":\"running\""*) ;;
            *) echo "$name does not run."; return 1 ;;
        esac
    done
    curl -fsk -o /dev/null https://127.0.0.1:8080/
}
