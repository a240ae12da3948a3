#!/usr/bin/env bash
# Runs every test of this checkout. Installs what is missing, so a bare Debian 12 or Ubuntu will do; run it as root.
# HOSTING_PANEL_TEST_CACHE says where the test machine's roots are kept (/var/cache/hosting-panel-test).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# A slow machine takes three times as long as a quick one, so there is one limit for all (seconds), and none for each.
LIMIT=5000
# shellcheck source=test/lib.sh
. test/lib.sh

# aside NAME PROJECT...: runs projects one after the other on a machine of their own, beside others; its output waits.
aside() {
  local name=$1 each code=0
  shift
  for each in "$@"; do project "$each" "-$name" || code=1; done >"$results/$name.log" 2>&1
  return "$code"
}

prepare
roots &
roots=$!
stage 'lint and types' npm run --silent check
project unit
project functions
wait "$roots" && built=1 || built=0
cat "$results/roots.log"
if [ "$built" = 1 ]; then
  aside walls walls certificates databases install &
  walls=$!
  project machine
  project attacks
  project browser
  project crowd
  wait "$walls" || failed+=('tests aside (walls, certificates, databases, install)')
  cat "$results/walls.log"
else
  failed+=("the machine's roots")
fi

finish
