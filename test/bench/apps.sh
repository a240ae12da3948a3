#!/bin/bash
# Measures the app of the site $2 in the machine: "own" is its own start until it answers, "wake" the first byte
# of a request that wakes it while other apps run, "cold" while nothing does. Prints milliseconds.
set -eu
domain=$2
home=/var/www/$domain
user=$(stat -c %U "$home/app")
panel() {
    setpriv --reuid=hosting-panel --regid=hosting-panel --clear-groups \
        /opt/hosting-panel/current/node_modules/.bin/node "$@"
}

own() {
    local begin port=19999
    cd "$home/app"
    begin=$(date +%s%N)
    setpriv --reuid="$user" --regid="$user" --clear-groups env -i \
        PATH="$home/app/node_modules/.bin:/opt/hosting-panel/node/24/bin:/usr/bin:/bin" \
        NODE_ENV=production HOST=127.0.0.1 PORT=$port HOME="$home/home" node server.js >/dev/null 2>&1 &
    until curl -s -o /dev/null "http://127.0.0.1:$port/"; do :; done
    echo $((($(date +%s%N) - begin) / 1000000))
    kill $!
    wait $! 2>/dev/null || true
}

# As the hook does it after ten idle minutes, which are taken as past.
sleep_now() {
    # nginx keeps a connection to an app for a second.
    sleep 1.2
    touch -d '-20 minutes' "/var/log/nginx/$domain.access.log"
    panel -e "
        const Database = require('/opt/hosting-panel/current/node_modules/better-sqlite3')
        const db = new Database('/opt/hosting-panel/data/panel.db', { timeout: 5000 })
        const running = db.prepare(\"UPDATE apps SET started_at = ? WHERE status = 'running' AND domain = ?\")
        running.run('2026-01-01T00:00:00.000Z', '$domain')"
    systemctl start hosting-panel-hook@reap-idle.service
}

first_byte() {
    curl -s -o /dev/null -w '%{time_starttransfer}' -H "Host: $domain" http://127.0.0.1/ |
        awk '{ print int($1 * 1000) }'
}

wake() { sleep_now; sleep 1; first_byte; }
cold() { sleep_now; systemctl stop hosting-panel-supervisor.service 2>/dev/null; sleep 1; first_byte; }

"$1"
