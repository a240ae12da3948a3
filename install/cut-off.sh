#!/usr/bin/env bash
# Waits until install.sh has ended. If it was cut off in the middle of an upgrade, goes back to the release from before.
# Runs beside an upgrade, and at the start of a server that stopped in one.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
log=/var/log/hosting-panel-install.log
# Read whole before it begins: the files lie in what it removes.
main() {
    exec 9>"$lock"
    flock 9
    if [ -e "$kept/release" ]; then go_back_cut_off; fi
    exit
}
for part in lib progress steps units keep go-back; do
    # shellcheck source=/dev/null
    . "$source_dir/install/$part.sh"
done
main
