#!/bin/bash
# Makes ("create") or removes ("delete") the PHP site $2 through the panel's API with the cookie $3, and waits as
# bare.sh does. Prints the milliseconds it took.
set -eu
domain=$2
begin=$(date +%s%N)
status() { curl -s -o /dev/null -w '%{http_code}' -H "Host: $domain" http://127.0.0.1/ || true; }
api() { curl -sk -o /dev/null -b "$cookie" -H 'Origin: https://127.0.0.1:8080' "$@"; }
cookie=$3

case $1 in
    create)
        api -H 'Content-Type: application/json' -d "{\"domain\":\"$domain\",\"runtime\":\"php\"}" \
            https://127.0.0.1:8080/api/sites
        until [ "$(status)" = 200 ]; do :; done
        ;;
    delete)
        api -X DELETE "https://127.0.0.1:8080/api/sites/$domain?purge=true"
        until [ "$(status)" = 000 ]; do :; done
        ;;
esac
echo $((($(date +%s%N) - begin) / 1000000))
