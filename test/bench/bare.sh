#!/bin/bash
# The same steps as the panel's, by hand: makes ("create") or removes ("delete") a PHP site $2 and waits until it
# answers, or nginx does not know it any more. Prints the milliseconds it took.
set -eu
domain=$2
vhost=/etc/nginx/sites-enabled/$domain.bare
pool=/etc/php/8.2/fpm/pool.d/$domain.conf
begin=$(date +%s%N)
status() { curl -s -o /dev/null -w '%{http_code}' -H "Host: $domain" http://127.0.0.1/ || true; }

create() {
    mkdir -p "/var/www/$domain"
    echo '<?php echo "bare";' >"/var/www/$domain/index.php"
    cat >"$pool" <<POOL
[$domain]
user = www-data
group = www-data
listen = /run/php/$domain.sock
listen.owner = www-data
pm = ondemand
pm.max_children = 5
POOL
    cat >"$vhost" <<VHOST
server {
    listen 80;
    server_name $domain;
    root /var/www/$domain;
    index index.php;
    location ~ \.php$ {
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
        fastcgi_pass unix:/run/php/$domain.sock;
    }
}
VHOST
    reload
    until [ "$(status)" = 200 ]; do :; done
}

delete() {
    rm -rf "$vhost" "$pool" "/var/www/$domain"
    reload
    until [ "$(status)" = 000 ]; do :; done
}

reload() {
    nginx -t -q
    systemctl reload nginx
    systemctl reload php8.2-fpm
}

"$1"
echo $((($(date +%s%N) - begin) / 1000000))
