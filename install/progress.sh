# Shows how far a step is. Sourced by install.sh, not run.
# shellcheck shell=bash

# The step writes lines into it: words, or what apt tells of itself. The last one is shown.
progress_file=/run/hosting-panel-install.progress

progress() { printf '%s\n' "$*" >>"$progress_file"; }

# last_progress: the last line for people: `43 % php8.2-fpm`.
last_progress() {
    local kind package percent text
    tail -n 1 "$progress_file" 2>/dev/null | tr -cd '[:print:]\n' | {
        IFS=: read -r kind package percent text || return 0
        case "$kind" in
            dlstatus) echo "fetching, ${percent%.*} %" ;;
            pmstatus) echo "${percent%.*} %, $package" ;;
            *) echo "$kind${package:+:$package}${percent:+:$percent}${text:+:$text}" ;;
        esac
    }
}

# draw_progress LINE: on a terminal it writes over the line; elsewhere it adds one each ten seconds, if there is news.
draw_progress() {
    local now shown='' began=$SECONDS drawn=$SECONDS
    # Ends with the installer, however that ends.
    while sleep 0.5 && kill -0 $$ 2>/dev/null; do
        now=$(last_progress)
        if [ -t 1 ]; then
            draw_line "$1$now ($((SECONDS - began)) s)"
        elif [ "$now" != "$shown" ] && [ $((SECONDS - drawn)) -ge 10 ]; then
            printf '\n        %s ... ' "$now"
            shown=$now drawn=$SECONDS
        fi
    done
}

# draw_line TEXT: writes over the line, no more than the terminal is wide.
draw_line() {
    local width
    width=$(stty size 2>/dev/null <&1 | cut -d' ' -f2)
    [ "${width:-0}" -gt 1 ] || width=80
    printf '\r\033[K%s' "${1:0:$((width - 1))}"
}
