#!/usr/bin/env bash
# Installs the Hosting Panel on this server, or upgrades it in place. Run it again at any time.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=install/lib.sh
. "$source_dir/install/lib.sh"
# shellcheck source=install/progress.sh
. "$source_dir/install/progress.sh"
# shellcheck source=install/look.sh
. "$source_dir/install/look.sh"
# shellcheck source=install/runtime.sh
. "$source_dir/install/runtime.sh"
# shellcheck source=install/steps.sh
. "$source_dir/install/steps.sh"
# shellcheck source=install/httpd.sh
. "$source_dir/install/httpd.sh"
# shellcheck source=install/release.sh
. "$source_dir/install/release.sh"
# shellcheck source=install/units.sh
. "$source_dir/install/units.sh"
# shellcheck source=install/keep.sh
. "$source_dir/install/keep.sh"
# shellcheck source=install/go-back.sh
. "$source_dir/install/go-back.sh"
# shellcheck source=install/downgrade.sh
. "$source_dir/install/downgrade.sh"

log=/var/log/hosting-panel-install.log
release_id=$(date -u +%Y%m%dT%H%M%S)-$$
release=$home/releases/$release_id

when_no_build="Look whether the npm registry can be reached from this server, and at the free memory and disk"

# name | what it does | what to do when it fails
steps=(
    "packages|Install nginx, PHP-FPM and what else is missing|Look whether apt-get update and apt-get install work here"
    "user|Make the user hosting-panel|Look whether /etc/passwd can be written"
    "directories|Make the panel's directories|Look whether the disk is full (df -h)"
    "secrets|Make this server's own secrets and certificate|Look whether openssl works and the disk is full"
    "release|Copy the panel to $release|Look whether the disk is full (df -h)"
    "build|Fetch Node and libraries, and build|$when_no_build"
    "keep|Keep what an upgrade needs to go back|Look whether the disk is full (df -h)"
    "units|Install the services|Look at the log"
    "start|Start the agent and the panel|Look at: journalctl -u hosting-panel -u hosting-panel-agent"
    "token|Give root a token for the command line|Look whether the disk is full (df -h)"
    "converge|Set nginx and all sites up|Look at the log, and at: journalctl -u hosting-panel-agent"
    "firewall|Turn the firewall on, if it is new|Look at: ufw status"
    "health|Ask the panel how it is|Look at: journalctl -u hosting-panel -u hosting-panel-agent"
)

main() {
    local dry=no
    case "$#:${1:-}" in
        1:--help | 1:-h) usage; exit 0 ;;
        1:--dry-run) dry=yes ;;
        1:--downgrade) downgrade; exit ;;
        0:) ;;
        *) usage >&2; exit 2 ;;
    esac
    check_machine
    look
    [ "$dry" = no ] || show_plan
    refuse_problems
    if [ "$dry" = yes ]; then echo "The panel can be installed here."; exit; fi
    begin "from $source_dir"
    previous=$(readlink "$home/current" 2>/dev/null || true)
    run_steps
    remove_old_releases
    rm -f "$earlier_repairer"
    say_goodbye
}

# begin WHAT: is alone from now on, and says how an upgrade ended that was cut off.
begin() {
    exec 9>"$lock"
    flock -n 9 || refuse "Another installation is running. Wait until it has ended"
    : >>"$log"; chmod 600 "$log"
    if [ -e "$kept/release" ]; then go_back_cut_off; fi
    if [ -e "$told" ]; then
        echo "The last upgrade was cut off. $(cat "$told")"
        rm -f "$told"
    fi
    echo "=== $(date -u) $1" >>"$log"
    trap cut_off INT TERM HUP
}

run_steps() {
    local number=0 row
    for row in "${steps[@]}"; do
        number=$((number + 1))
        run_step "$number" "$row"
    done
    if is_upgrade; then basename "$previous" >"$release/.before"; fi
    settle_upgrade
    rm -f "$progress_file" "$step_file"
}

# Somebody ends the installer: what has begun goes back.
cut_off() {
    trap '' INT TERM HUP
    printf '\n\nCut off. Nothing of it stays.\n' >&2
    end_step
    go_back
    exit 1
}

usage() {
    cat <<'END'
Usage: install.sh [--dry-run | --downgrade | --help]
Installs the Hosting Panel on this server, or upgrades it in place. Run it again at any time.

  --dry-run   Look whether this server can take the panel, show the steps and packages, and change nothing
  --downgrade Put the release before this one in its place, if that can read the database
  --help      Show this help

Its log is /var/log/hosting-panel-install.log. uninstall.sh removes the panel. README.md says more.
Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
END
}

# The step runs in the background so that `set -e` counts inside it; `if step` would switch it off.
run_step() {
    local name what hint began=$SECONDS status=0
    IFS='|' read -r name what hint <<<"$2"
    local line drawer
    line=$(printf '[%2d/%d] %s ...' "$1" "${#steps[@]}" "$what")' '
    printf '%s' "$line"
    echo "--- $name" >>"$log"
    : >"$progress_file"
    ( set -euo pipefail; "step_$name" ) >>"$log" 2>&1 9>&- </dev/null &
    local step=$!
    echo "$step" >"$step_file"
    draw_progress "$line" 9>&- </dev/null &
    drawer=$!
    disown "$drawer"
    wait "$step" || status=$?
    kill "$drawer" 2>/dev/null || true
    [ ! -t 1 ] || draw_line "$line"
    if [ "$status" -eq 0 ]; then
        printf 'done in %d s\n' $((SECONDS - began))
        return
    fi
    printf 'failed after %d s\n\n' $((SECONDS - began))
    echo "The step \"$name\" failed. The end of its log ($log):" >&2
    tail -n 12 "$log" | sed 's/^/    /' >&2
    go_back
    echo "What to do: $hint. Then run install.sh again: it goes on from here." >&2
    exit 1
}

say_goodbye() {
    local token address
    echo
    as_task check-configurations 2>>"$log" || true
    for address in $(addresses); do echo "The panel is at https://$address:8080"; done
    has_public_address ||
        echo "No address of this server is public: from elsewhere, use the one that is forwarded to it."
    echo "Its certificate is self-signed; its SHA-256 fingerprint is"
    echo "    $(openssl x509 -in /etc/hosting-panel/tls/panel.crt -noout -fingerprint -sha256 | cut -d= -f2)"
    if token=$(as_task setup-token 2>>"$log"); then
        echo "Open it and make the first administrator with this one-time token:"
        echo "Setup token: $token"
    else
        echo "An administrator exists: sign in as before."
    fi
}

main "$@"
