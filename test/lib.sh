# Shared by run.sh and soak.sh: stages with one limit for all, the tests' needs, and the line at the end. Sourced, not
# run, from the checkout's root; `LIMIT` is set before (seconds).
# shellcheck shell=bash

fail() {
  echo "$0: $*" >&2
  exit 1
}

[ "$(id -u)" = 0 ] || fail "run it as root: the tests boot a machine of their own (sudo $0)"

export DEBIAN_FRONTEND=noninteractive
export PATH="$PWD/node_modules/.bin:$PATH"
export HOSTING_PANEL_MACHINE="run-$$"
[ -f /etc/ssl/certs/ca-certificates.crt ] && : "${NODE_EXTRA_CA_CERTS:=/etc/ssl/certs/ca-certificates.crt}"
export NODE_EXTRA_CA_CERTS
results=$(mktemp -d)
export HOSTING_PANEL_JOURNALS="$results/journals.txt"
failed=()

clean_up() {
  [ -x node_modules/.bin/node ] && node test/machine/cli.ts down --name "$HOSTING_PANEL_MACHINE"
  rm -rf "$results"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# stage NAME COMMAND...: runs a command, to the end of all stages' time at most, and says how it went and how long it
# took.
stage() {
  local name=$1 limit=$((LIMIT - SECONDS)) start=$SECONDS code=0
  shift
  [ "$limit" -gt 0 ] || limit=1
  printf '\n== %s\n' "$name"
  timeout --foreground --kill-after=30 "$limit" "$@" </dev/null || code=$?
  [ "$code" = 124 ] && echo "$name: stopped after $limit s" >&2
  printf '== %s: %s in %s s\n' "$name" "$([ "$code" = 0 ] && echo done || echo "failed ($code)")" $((SECONDS - start))
  printf '%s\t%s\n' $((SECONDS - start)) "$name" >>"$results/stages.txt"
  [ "$code" = 0 ] || failed+=("$name")
  return "$code"
}

# The Debian package that brings each command the tests call; NEEDS has more of these pairs.
install_packages() {
  local missing=() pair
  for pair in mmdebstrap:mmdebstrap systemd-nspawn:systemd-container nft:nftables ip:iproute2 curl:curl git:git \
    tar:tar zstd:zstd xz:xz-utils bzip2:bzip2 flock:util-linux openssl:openssl chromium:chromium ${NEEDS:-}; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  [ -f /usr/share/keyrings/debian-archive-keyring.gpg ] || missing+=(debian-archive-keyring)
  [ -f /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
  [ ${#missing[@]} = 0 ] && return
  echo "installing ${missing[*]}"
  apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# npm ci, unless node_modules is what this lock file gave the last time.
install_modules() {
  local sum stamp=node_modules/.installed-from
  sum=$(sha256sum package.json package-lock.json)
  [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && echo 'node_modules is current' && return
  # As the installer does it, with the cache that npm has here.
  source_dir=$PWD npm_config_cache=${npm_config_cache:-$HOME/.npm} bash -euc '
    . install/lib.sh; . install/progress.sh; . install/runtime.sh
    prepare_runtime; own_npm ci; remove_runtime; link_runtime
  ' && node install/build.ts manifest && printf '%s\n' "$sum" >"$stamp"
}

# disks: builds what the test machines start from, beside what needs none; its output waits.
disks() {
  stage "the machines' disks" node test/machine/cli.ts build >"$results/disks.log" 2>&1
}

# tests NAME ARGUMENT...: runs tests of vitest, and keeps their report under this name.
tests() {
  local name=$1
  shift
  stage "$name tests" vitest run --reporter=default --reporter=json --outputFile.json="$results/$name.json" "$@"
}

# resources: what a run may run short of, and then fails in odd places.
resources() {
  printf '%s: %s of disk and %s of memory free, load %s\n' "$1" "$(df -h --output=avail . | tail -n 1 | tr -d ' ')" \
    "$(awk '/^MemAvailable:/ { printf "%.1fG", $2 / 1048576 }' /proc/meminfo)" "$(cut -d' ' -f1-3 /proc/loadavg)"
}

# prepare: brings what every test needs, and builds the panel.
prepare() {
  resources 'at the beginning'
  stage 'Debian packages' bash -c install_packages || fail 'the packages the tests need could not be installed'
  stage 'npm packages' bash -c install_modules || fail 'npm ci failed'
  stage 'build' npm run --silent build && export HOSTING_PANEL_BUILT=1
}

# finish: says what failed and how many tests passed, and ends.
finish() {
  local counted
  resources 'at the end'
  [ ${#failed[@]} = 0 ] || printf '\nfailed: %s\n' "$(IFS=,; echo "${failed[*]}")"
  node test/summary.ts "$results"
  counted=$?
  [ ${#failed[@]} = 0 ] && exit "$counted"
  exit 1
}

export -f install_packages install_modules
