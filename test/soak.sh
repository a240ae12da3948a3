#!/usr/bin/env bash
# Runs what takes too long for every run: the whole fuzz, chaos, kills at each step of each change, a thousand sites,
# scanners that look for weaknesses, installations and an upgrade, real programs, all that can happen to apps and
# certificates, and a server with quotas of its kernel in an emulator. It takes two and a half hours.
# Run it as root before a release, and after a change of how changes are made. It needs what run.sh needs.
# HOSTING_PANEL_SOAK_MINUTES: how long the chaos lasts (10). HOSTING_PANEL_FUZZ: inputs each of four callers sends
# (10000).
# HOSTING_PANEL_SEED: the seed of an earlier run, to do the same again.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# One limit for all (seconds), as a slow machine takes three times as long as a quick one.
LIMIT=12000
# shellcheck source=test/lib.sh
. test/lib.sh

# What boots a server with quotas in an emulator.
export NEEDS='qemu-system-x86_64:qemu-system-x86 mkfs.xfs:xfsprogs mkfs.ext4:e2fsprogs ssh:openssh-client'
export HOSTING_PANEL_FUZZ=${HOSTING_PANEL_FUZZ:-10000}
prepare
disks || fail "the machines' disks could not be built: $(cat "$results/disks.log")"
export HOSTING_PANEL_SOAK=1
mapfile -t whole < <(grep -rlE "^import .*/_cases.ts'" test/attacks test/machine)
tests whole --project attacks --project machine "${whole[@]}" test/attacks/05-symlinks.test.ts \
  test/attacks/15-agent.test.ts test/attacks/36-fuzz.test.ts
node test/machine/cli.ts down --name "$HOSTING_PANEL_MACHINE"
tests soak --project soak
finish
