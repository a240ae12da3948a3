#!/usr/bin/env bash
# Runs every test of this checkout. Installs what is missing, so a bare Debian 12 or Ubuntu will do; run it as root.
# HOSTING_PANEL_TEST_CACHE says where the disks of test machines are kept (/var/cache/hosting-panel-test).
# HOSTING_PANEL_LANES says how many machines run tests side by side (2).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# A slow machine takes three times as long as a quick one, so there is one limit for all (seconds), and none for each.
LIMIT=5000
# shellcheck source=test/lib.sh
. test/lib.sh

prepare
disks &
disks=$!
stage 'lint and types' npm run --silent check
tests unit --project unit
tests functions --project functions
if wait "$disks"; then
  cat "$results/disks.log"
  export HOSTING_PANEL_LANES=${HOSTING_PANEL_LANES:-2}
  tests machine --project machine --project install --project attacks --project browser
else
  cat "$results/disks.log"
  failed+=("the machines' disks")
fi

finish
