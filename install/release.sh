# Steps of install.sh that make a release: copy this one, and build it; and the end of old ones. Sourced, not run.
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of install.sh and lib.sh

# Of the names it reads, those that are still there: git lists deleted files too.
existing() {
    local name
    while IFS= read -r -d '' name; do
        if [ -e "$name" ]; then printf '%s\0' "$name"; fi
    done
}

step_release() {
    # Left by a run that was killed: nothing points there.
    local unfinished
    for unfinished in "$home"/releases/*/.unfinished; do
        [ -e "$unfinished" ] && rm -rf "$(dirname "$unfinished")"
    done
    mkdir -p "$release"
    touch "$release/.unfinished"
    if [ -e "$source_dir/.git" ] && command -v git >/dev/null; then
        git -c "safe.directory=$source_dir" -C "$source_dir" ls-files -z --cached --others --exclude-standard |
            ( cd "$source_dir" && existing ) |
            tar -C "$source_dir" --null -T - -c | tar -C "$release" --no-same-owner -x
    else
        tar -C "$source_dir" --exclude=./node_modules --exclude=./.git -c . | tar -C "$release" --no-same-owner -x
        [ -e "$release/dist/.release" ] || rm -rf "$release/dist"
    fi
}

# Third-party install scripts never run, and the build itself runs without root.
step_build() {
    cd "$release" || return
    prepare_runtime
    if [ -e dist/.release ]; then
        progress "Fetching the panel's libraries"
        own_npm ci --omit=dev
    else
        progress "Fetching the panel's libraries, and what builds it"
        own_npm ci
        link_runtime
        progress "Building the panel"
        chown -R hosting-panel-build:hosting-panel-build .
        setpriv --reuid=hosting-panel-build --regid=hosting-panel-build --clear-groups \
            env -i PATH=/usr/bin:/bin HOME=/tmp node_modules/.bin/node install/build.ts all
        # Root will run this, so no process may be left that could write to it.
        pkill -KILL -U hosting-panel-build || true
        chown -R root:root .
        progress "Removing what only the build needs"
        own_npm prune --omit=dev
    fi
    remove_runtime
    link_runtime
    trim_release
    node_modules/.bin/node -e 'if (Number(process.versions.node.split(".")[0]) < 24) process.exit(1)'
    chown -R root:hosting-panel .
    chmod -R u=rwX,g=rX,o= .
    install -d -m 0755 "$public/$release_id"
    cp -R dist/admin dist/pages dist/adminer "$public/$release_id/"
    chown -R root:root "$public/$release_id"
    chmod -R u=rwX,go=rX "$public/$release_id"
    rm .unfinished
}

# Keeps the three newest. One of a time that is still to come was made by a clock that was ahead, and goes first.
remove_old_releases() {
    local old now
    now=$(date -u +%Y%m%dT%H%M%S)
    find "$home/releases" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' |
        awk -v now="$now" '{ print ($0 > now) ? 0 : 1, $0 }' | sort | head -n -3 | while read -r _ old; do
            [ "$home/releases/$old" = "$(readlink "$home/current")" ] ||
                rm -rf "$home/releases/${old:?}" "${public:?}/${old:?}"
        done
}

# Leaves what runs: no sources, no maps of them, no headers of Node, no binaries of other systems. From now on it is as
# a release that somebody else built.
trim_release() {
    find . -mindepth 1 -maxdepth 1 ! -name dist ! -name install ! -name node_modules ! -name 'package*.json' \
        ! -name '*.md' ! -name LICENSE ! -name .unfinished -exec rm -rf {} +
    rm -rf node_modules/node-linux-*/include node_modules/better-sqlite3/{deps,src}
    find node_modules/better-sqlite3/prebuilds -type f ! -name "${node_package#node-}.node" -delete
    find dist -name '*.map' -delete
    touch dist/.release
}
